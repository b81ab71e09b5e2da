namespace Mesh.Config.Specs;

/// <summary>TLS of a listening port.</summary>
public enum ServerTlsMode
{
    /// <summary>Not terminated, routed by server name.</summary>
    Passthrough,

    /// <summary>Terminated with a server certificate.</summary>
    Simple,

    /// <summary>Terminated, client certificate required.</summary>
    Mutual,

    /// <summary>Not terminated, the server name names the cluster.</summary>
    AutoPassthrough,

    /// <summary>Terminated with mesh certificates.</summary>
    IstioMutual,

    /// <summary>Terminated, client certificate checked if there is one.</summary>
    OptionalMutual,
}
