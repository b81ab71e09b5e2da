namespace Mesh.Config.Specs;

/// <summary>How a ServiceEntry finds addresses.</summary>
public enum ServiceEntryResolution
{
    /// <summary>The address the client dialled (default).</summary>
    None,

    /// <summary>The addresses of its endpoints.</summary>
    Static,

    /// <summary>All addresses that DNS gives.</summary>
    Dns,

    /// <summary>One address that DNS gives, for new connections.</summary>
    DnsRoundRobin,

    /// <summary>DNS for the host of each request; for wildcard hosts.</summary>
    DynamicDns,
}
