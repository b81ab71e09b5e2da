namespace Mesh.Xds;

/// <summary>The type URLs of the resources that travel over ADS, their short names and the order they are pushed in.</summary>
public static class TypeUrls
{
    /// <summary>What every type URL starts with.</summary>
    public const string Prefix = "type.googleapis.com/";

    /// <summary>CDS.</summary>
    public const string Cluster = Prefix + "envoy.config.cluster.v3.Cluster";

    /// <summary>EDS.</summary>
    public const string Endpoints = Prefix + "envoy.config.endpoint.v3.ClusterLoadAssignment";

    /// <summary>LDS.</summary>
    public const string Listener = Prefix + "envoy.config.listener.v3.Listener";

    /// <summary>RDS.</summary>
    public const string Route = Prefix + "envoy.config.route.v3.RouteConfiguration";

    /// <summary>SDS.</summary>
    public const string Secret = Prefix + "envoy.extensions.transport_sockets.tls.v3.Secret";

    /// <summary>
    /// Make before break: what is referred to goes before what refers to it
    /// (xds_protocol#eventual-consistency-considerations).
    /// </summary>
    public static IReadOnlyList<string> PushOrder { get; } = [Cluster, Endpoints, Listener, Route, Secret];

    /// <summary>"CDS" for clusters and so on; the URL itself for a type that is none of the five.</summary>
    public static string ShortName(string typeUrl) =>
        typeUrl switch
        {
            Cluster => "CDS",
            Endpoints => "EDS",
            Listener => "LDS",
            Route => "RDS",
            Secret => "SDS",
            _ => typeUrl,
        };

    /// <summary>Position in <see cref="PushOrder"/>; unknown types come last.</summary>
    public static int OrderOf(string typeUrl) =>
        typeUrl switch
        {
            Cluster => 0,
            Endpoints => 1,
            Listener => 2,
            Route => 3,
            Secret => 4,
            _ => 5,
        };

    /// <summary>True for the types whose state-of-the-world response lists everything: what is missing is deleted.</summary>
    public static bool IsFullState(string typeUrl) => typeUrl is Cluster or Listener;

    /// <summary>The shared constant for one of the five, so that a string read from the wire is not kept.</summary>
    public static string? TryIntern(string typeUrl) =>
        typeUrl switch
        {
            Cluster => Cluster,
            Endpoints => Endpoints,
            Listener => Listener,
            Route => Route,
            Secret => Secret,
            _ => null,
        };
}
