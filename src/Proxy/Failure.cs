namespace Mesh.Proxy;

/// <summary>Why a request was not answered by its upstream. <see cref="FailureTable"/> gives each its status, flag and text.</summary>
internal enum Failure : byte
{
    None,
    NoRoute,
    NoCluster,
    NoHealthyEndpoint,
    ConnectFailed,
    UpstreamReset,
    UpstreamProtocolError,
    RequestTimeout,
    ClientAbort,
    ClientProtocolError,
    Draining,
    NoConfiguration,

    /// <summary>The cluster refuses everything (Istio's <c>BlackHoleCluster</c>).</summary>
    BlackHole,

    /// <summary>The head exceeds a limit of this proxy.</summary>
    HeadTooLarge,

    /// <summary>The upstream broke off after its head had been sent to the client.</summary>
    UpstreamBrokeOff,

    /// <summary>A limit of the cluster is reached: connections, waiting requests or requests in flight.</summary>
    Overflow,
}
