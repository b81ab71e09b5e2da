using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>One HTTP rule: what it takes (any of the matches; none means everything) and what it does with it.</summary>
internal sealed record Rule(
    string Name,
    ImmutableArray<Match> Matches,
    RuleAction Action,
    HeaderOperations RequestHeaders,
    HeaderOperations ResponseHeaders,
    SourceRef Source
)
{
    /// <summary>The rule that delegates to this one, whose settings it has where it sets none; null for most.</summary>
    public SourceRef? DelegatedBy { get; init; }

    /// <summary>Null injects nothing.</summary>
    public FaultInjection? Fault { get; init; }

    /// <summary>Null leaves cross-origin requests alone.</summary>
    public CrossOriginPolicy? Cors { get; init; }
}
