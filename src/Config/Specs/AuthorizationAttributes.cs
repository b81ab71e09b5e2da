namespace Mesh.Config.Specs;

/// <summary>The attributes that conditions of an AuthorizationPolicy may ask about.</summary>
public static class AuthorizationAttributes
{
    /// <summary>A header; its name follows in brackets.</summary>
    public const string RequestHeaders = "request.headers";

    /// <summary>A claim of the verified token; its name, or nested names, follow in brackets.</summary>
    public const string RequestClaims = "request.auth.claims";

    /// <summary>Issuer and subject of the verified token.</summary>
    public const string RequestPrincipal = "request.auth.principal";

    /// <summary>The token's audiences.</summary>
    public const string RequestAudiences = "request.auth.audiences";

    /// <summary>The token's authorized presenter, <c>azp</c>.</summary>
    public const string RequestPresenter = "request.auth.presenter";

    /// <summary>Address of the connection's other end.</summary>
    public const string SourceIp = "source.ip";

    /// <summary>Address of the original client.</summary>
    public const string RemoteIp = "remote.ip";

    /// <summary>Namespace of the client.</summary>
    public const string SourceNamespace = "source.namespace";

    /// <summary>Identity of the client.</summary>
    public const string SourcePrincipal = "source.principal";

    /// <summary>Account of the client.</summary>
    public const string SourceServiceAccount = "source.serviceAccount";

    /// <summary>Address that the client dialled.</summary>
    public const string DestinationIp = "destination.ip";

    /// <summary>Port of the workload.</summary>
    public const string DestinationPort = "destination.port";

    /// <summary>Server name of the TLS handshake.</summary>
    public const string ConnectionSni = "connection.sni";

    /// <summary>What a filter of the proxy found out; the filter's name follows, and a key in brackets.</summary>
    public const string ExperimentalPrefix = "experimental.envoy.filters.";

    /// <summary>Attributes without brackets.</summary>
    public static IReadOnlyList<string> Plain { get; } =
    [
        RequestPrincipal,
        RequestAudiences,
        RequestPresenter,
        SourceIp,
        RemoteIp,
        SourceNamespace,
        SourcePrincipal,
        SourceServiceAccount,
        DestinationIp,
        DestinationPort,
        ConnectionSni,
    ];

    /// <summary>What stands in brackets, from the outside in: <c>a[b][c]</c> gives b and c. Null where there are none or they are malformed.</summary>
    public static IReadOnlyList<string>? Brackets(string key, string prefix)
    {
        if (
            !key.StartsWith(prefix, StringComparison.Ordinal)
            || key.Length < prefix.Length + 3
            || key[prefix.Length] != '['
            || key[^1] != ']'
        )
        {
            return null;
        }

        var names = key[(prefix.Length + 1)..^1].Split("][");
        return names.Any(name => name.Length == 0 || name.AsSpan().IndexOfAny("[]") >= 0) ? null : names;
    }
}
