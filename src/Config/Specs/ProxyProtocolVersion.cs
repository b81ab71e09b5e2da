namespace Mesh.Config.Specs;

/// <summary>Version of the PROXY protocol.</summary>
public enum ProxyProtocolVersion
{
    /// <summary>Text header.</summary>
    V1,

    /// <summary>Binary header.</summary>
    V2,
}
