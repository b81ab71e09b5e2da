using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>Who may do what with some workloads.</summary>
/// <param name="Selectors">It is for workloads that one of them selects; none: for nobody.</param>
internal sealed record AccessPolicy(
    string Namespace,
    string Name,
    AccessAction Action,
    ImmutableArray<Labels> Selectors,
    ImmutableArray<AccessRule> Rules,
    SourceRef Source
)
{
    /// <summary>With <see cref="AccessAction.Custom"/>, who is asked.</summary>
    public string Provider { get; init; } = "";

    /// <summary>Only counts what it would do.</summary>
    public bool DryRun { get; init; }

    /// <summary>The object was refused: it denies everything.</summary>
    public bool IsRefused { get; init; }
}
