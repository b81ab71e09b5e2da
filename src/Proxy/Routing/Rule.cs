using Mesh.Proxy.Routing.Cors;
using Mesh.Proxy.Routing.Faults;

namespace Mesh.Proxy.Routing;

/// <summary>One compiled rule: conditions, then exactly one action. Immutable; the counters it needs are <c>*State</c> cells.</summary>
internal sealed record Rule
{
    /// <summary>The route's name as the control plane sent it: which rule of which VirtualService.</summary>
    public required string Name { get; init; }

    public required RouteConditions Conditions { get; init; }

    public required RuleAction Action { get; init; }

    /// <summary>Counts what it forwards by itself, under this name; empty for not.</summary>
    public string StatPrefix { get; init; } = "";

    /// <summary>Null where the rule injects nothing.</summary>
    public FaultPolicy? Fault { get; init; }

    /// <summary>Null where the rule leaves cross-origin requests alone.</summary>
    public CorsPolicy? Cors { get; init; }

    public HeaderEdits RequestEdits { get; init; } = HeaderEdits.None;

    public HeaderEdits ResponseEdits { get; init; } = HeaderEdits.None;
}
