namespace Mesh.Proxy.Admin.Probes;

/// <summary>How an <see cref="AppProbe"/> is asked.</summary>
internal enum AppProbeKind
{
    /// <summary>A GET; its status is the answer.</summary>
    Http,

    /// <summary>A connection; that there is one is the answer.</summary>
    Tcp,

    /// <summary>grpc.health.v1.Health/Check.</summary>
    Grpc,
}
