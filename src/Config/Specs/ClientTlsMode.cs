namespace Mesh.Config.Specs;

/// <summary>TLS towards an upstream.</summary>
public enum ClientTlsMode
{
    /// <summary>Plain text.</summary>
    Disable,

    /// <summary>TLS without a client certificate.</summary>
    Simple,

    /// <summary>TLS with the given client certificate.</summary>
    Mutual,

    /// <summary>TLS with the workload's mesh certificate.</summary>
    IstioMutual,
}
