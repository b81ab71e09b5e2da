namespace Mesh.Proxy;

/// <summary>Why a request was not answered by its upstream. <see cref="FailureTable"/> gives each its status, flag and text.</summary>
internal enum Failure : byte
{
    None,
    NoRoute,
    NoCluster,
    NoHealthyEndpoint,

    /// <summary>No connection came about, and nothing of the request has left.</summary>
    ConnectFailed,

    /// <summary>No connection came about in the cluster's connect timeout.</summary>
    ConnectTimeout,

    /// <summary>The connection ended before the head came.</summary>
    UpstreamReset,

    /// <summary>The upstream reset the stream before the head came (HTTP/2).</summary>
    StreamReset,

    /// <summary>The upstream says that it has not looked at the request (HTTP/2 REFUSED_STREAM).</summary>
    StreamRefused,

    UpstreamProtocolError,

    /// <summary>The route's time, which includes retries, was up.</summary>
    RequestTimeout,

    /// <summary>The time that a gRPC call asked for itself was up.</summary>
    DeadlineExceeded,

    /// <summary>The time of one try was up.</summary>
    TryTimeout,

    ClientAbort,
    ClientProtocolError,

    /// <summary>No filter chain takes such a connection: plaintext where only mutual TLS is taken.</summary>
    NoFilterChain,

    Draining,
    NoConfiguration,

    /// <summary>The cluster refuses everything (Istio's <c>BlackHoleCluster</c>).</summary>
    BlackHole,

    /// <summary>The head exceeds a limit of this proxy.</summary>
    HeadTooLarge,

    /// <summary>A fault aborted the request; its rule says with which status.</summary>
    FaultAbort,

    /// <summary>The upstream broke off after its head had been sent to the client.</summary>
    UpstreamBrokeOff,

    /// <summary>A limit of the cluster is reached: connections, waiting requests or requests in flight.</summary>
    Overflow,

    /// <summary>Nothing moved for too long, and the client's request had not ended.</summary>
    RequestStalled,

    /// <summary>Nothing moved for too long.</summary>
    StreamIdle,

    /// <summary>A policy does not let it pass.</summary>
    AccessDenied,

    /// <summary>A service that was asked does not let it pass.</summary>
    CheckDenied,

    /// <summary>A service that has to be asked whether it may pass could not be.</summary>
    CheckFailed,
}
