namespace Mesh.Config.Specs;

/// <summary>How a workload takes connections.</summary>
public enum MtlsMode
{
    /// <summary>As the wider scope says; PERMISSIVE where none does.</summary>
    Unset,

    /// <summary>Plaintext only.</summary>
    Disable,

    /// <summary>Mutual TLS and plaintext.</summary>
    Permissive,

    /// <summary>Mutual TLS only.</summary>
    Strict,
}
