namespace Mesh.Config.Specs;

/// <summary>Which connections are taken.</summary>
public sealed record MutualTlsSpec
{
    /// <summary>UNSET, the default, inherits from the wider scope.</summary>
    public MtlsMode Mode { get; init; }
}
