namespace Mesh.Config.Specs;

/// <summary>A Namespace; its labels are in the metadata.</summary>
public sealed record NamespaceSpec : IObjectSpec
{
    /// <summary>Active or Terminating.</summary>
    public string? Phase { get; init; }
}
