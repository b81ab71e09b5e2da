using Mesh.ControlPlane.Model;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>The HTTP side of a listener. Limits that Envoy would set by itself are switched off: time-outs come from rules only.</summary>
internal static class HttpConnectionManagerGenerator
{
    public static Pb.Filter ForRoutes(string statPrefix, string routeConfiguration, MeshSettings settings)
    {
        var manager = Common(statPrefix, settings);
        // Istio's order. Only rules can ask for them, and only outbound routes come from rules.
        manager.HttpFilters.Add([XdsMessages.Fault(), XdsMessages.Cors(), XdsMessages.Router()]);
        manager.Rds = new() { ConfigSource = XdsMessages.Ads(), RouteConfigName = routeConfiguration };
        return XdsMessages.Filter(ExtensionNames.HttpConnectionManager, manager);
    }

    /// <param name="checks">Filters that may refuse requests before they are routed, in their order.</param>
    public static Pb.Filter WithRoutes(
        string statPrefix,
        Pb.RouteConfiguration routes,
        IEnumerable<Pb.HttpFilter> checks,
        MeshSettings settings
    )
    {
        var manager = Common(statPrefix, settings);
        // Istio's: the application learns who called it; a client that is not verified names nobody.
        manager.ForwardClientCertDetails = Pb.HttpConnectionManager.Types.ForwardClientCertDetails.AppendForward;
        manager.SetCurrentClientCertDetails = new()
        {
            Subject = true,
            Dns = true,
            Uri = true,
        };
        manager.HttpFilters.AddRange(checks);
        manager.HttpFilters.Add(XdsMessages.Router());
        manager.RouteConfig = routes;
        return XdsMessages.Filter(ExtensionNames.HttpConnectionManager, manager);
    }

    private static Pb.HttpConnectionManager Common(string statPrefix, MeshSettings settings) =>
        new()
        {
            CodecType = Pb.HttpConnectionManager.Types.CodecType.Auto,
            StatPrefix = statPrefix,
            UpgradeConfigs = { new Pb.HttpConnectionManager.Types.UpgradeConfig { UpgradeType = "websocket" } },
            ServerHeaderTransformation = Pb.HttpConnectionManager.Types.ServerHeaderTransformation.PassThrough,
            StreamIdleTimeout = XdsMessages.NoTimeout,
            NormalizePath = settings.Paths >= PathNormalization.Base,
            MergeSlashes = settings.Paths >= PathNormalization.MergeSlashes,
            PathWithEscapedSlashesAction =
                settings.Paths == PathNormalization.DecodeAndMergeSlashes
                    ? Pb.HttpConnectionManager.Types.PathWithEscapedSlashesAction.UnescapeAndForward
                    : Pb.HttpConnectionManager.Types.PathWithEscapedSlashesAction.KeepUnchanged,
            StripTrailingHostDot = true,
        };
}
