using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>Reads the mesh configuration, a YAML document in a field of a ConfigMap. It has many settings that mean nothing here.</summary>
internal static class MeshConfigReader
{
    /// <summary>Other ConfigMaps mean nothing.</summary>
    internal const string Name = "istio";

    private static readonly EnumTable<PathNormalizationLevel> PathLevels = new(
        ("DEFAULT", PathNormalizationLevel.Default),
        ("NONE", PathNormalizationLevel.None),
        ("BASE", PathNormalizationLevel.Base),
        ("MERGE_SLASHES", PathNormalizationLevel.MergeSlashes),
        ("DECODE_AND_MERGE_SLASHES", PathNormalizationLevel.DecodeAndMergeSlashes)
    );

    internal static MeshConfigSpec ReadRoot(ObjectReader root) =>
        root.Object("data", data => data.Yaml("mesh", Read) ?? new MeshConfigSpec()) ?? new();

    // Policies about paths mean what they did; whom they would ask is not known any more, and cannot be asked.
    internal static MeshConfigSpec Refused(MeshConfigSpec spec) => new() { IsRefused = true, PathNormalization = spec.PathNormalization };

    private static MeshConfigSpec Read(ObjectReader reader) =>
        new()
        {
            ExtensionProviders = reader.List("extensionProviders", ReadProvider),
            TrustDomainAliases = reader.Texts("trustDomainAliases"),
            PathNormalization = reader.Value(
                "pathNormalization",
                paths => paths.Enum("normalization", PathLevels) ?? PathNormalizationLevel.Default
            ),
        };

    private static ExtensionProviderSpec ReadProvider(ObjectReader reader)
    {
        reader.Exclusive("envoyExtAuthzHttp", "envoyExtAuthzGrpc");
        return new()
        {
            Location = reader.Location,
            Name = reader.RequiredText("name"),
            EnvoyExtAuthzHttp = reader.Object("envoyExtAuthzHttp", ReadHttp),
            EnvoyExtAuthzGrpc = reader.Object("envoyExtAuthzGrpc", ReadAny),
        };
    }

    private static ExternalAuthorizationSpec ReadHttp(ObjectReader reader)
    {
        reader.Exclusive("includeHeadersInCheck", "includeRequestHeadersInCheck");
        return ReadAny(reader) with
        {
            PathPrefix = reader.Text("pathPrefix"),
            IncludeRequestHeadersInCheck = reader.Old("includeHeadersInCheck", "includeRequestHeadersInCheck")
                ? reader.Texts("includeHeadersInCheck")
                : reader.Texts("includeRequestHeadersInCheck"),
            IncludeAdditionalHeadersInCheck = reader.TextMap("includeAdditionalHeadersInCheck"),
            HeadersToUpstreamOnAllow = reader.Texts("headersToUpstreamOnAllow"),
            HeadersToDownstreamOnDeny = reader.Texts("headersToDownstreamOnDeny"),
            HeadersToDownstreamOnAllow = reader.Texts("headersToDownstreamOnAllow"),
        };
    }

    private static ExternalAuthorizationSpec ReadAny(ObjectReader reader) =>
        new()
        {
            Service = reader.RequiredText("service"),
            Port = reader.RequiredPort("port"),
            Timeout = reader.Duration("timeout"),
            FailOpen = reader.Boolean("failOpen") ?? false,
            StatusOnError = reader.Text("statusOnError"),
            ClearRouteCache = reader.Boolean("clearRouteCache") ?? false,
            IncludeRequestBodyInCheck = reader.Object(
                "includeRequestBodyInCheck",
                body => new CheckedBodySpec
                {
                    MaxRequestBytes = body.Integer("maxRequestBytes") ?? 0,
                    AllowPartialMessage = body.Boolean("allowPartialMessage") ?? false,
                    PackAsBytes = body.Boolean("packAsBytes") ?? false,
                }
            ),
        };
}
