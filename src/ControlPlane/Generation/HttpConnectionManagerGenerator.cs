using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>The HTTP side of a listener. Limits that Envoy would set by itself are switched off: time-outs come from rules only.</summary>
internal static class HttpConnectionManagerGenerator
{
    public static Pb.Filter ForRoutes(string statPrefix, string routeConfiguration)
    {
        var manager = Common(statPrefix);
        // Istio's order. Only rules can ask for them, and only outbound routes come from rules.
        manager.HttpFilters.Add([XdsMessages.Fault(), XdsMessages.Cors(), XdsMessages.Router()]);
        manager.Rds = new() { ConfigSource = XdsMessages.Ads(), RouteConfigName = routeConfiguration };
        return XdsMessages.Filter(ExtensionNames.HttpConnectionManager, manager);
    }

    public static Pb.Filter WithRoutes(string statPrefix, Pb.RouteConfiguration routes)
    {
        var manager = Common(statPrefix);
        manager.HttpFilters.Add(XdsMessages.Router());
        manager.RouteConfig = routes;
        return XdsMessages.Filter(ExtensionNames.HttpConnectionManager, manager);
    }

    private static Pb.HttpConnectionManager Common(string statPrefix) =>
        new()
        {
            CodecType = Pb.HttpConnectionManager.Types.CodecType.Auto,
            StatPrefix = statPrefix,
            UpgradeConfigs = { new Pb.HttpConnectionManager.Types.UpgradeConfig { UpgradeType = "websocket" } },
            ServerHeaderTransformation = Pb.HttpConnectionManager.Types.ServerHeaderTransformation.PassThrough,
            StreamIdleTimeout = XdsMessages.NoTimeout,
        };
}
