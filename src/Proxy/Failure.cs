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
}
