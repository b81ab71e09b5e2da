using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>One HTTP rule: matches, one action, and what happens on the way.</summary>
public sealed record HttpRouteSpec
{
    /// <summary>Where the rule begins in the user's file.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>Name for logs and metrics.</summary>
    public string? Name { get; init; }

    /// <summary>Any of these must match; empty matches everything.</summary>
    public ImmutableArray<HttpMatchSpec> Match { get; init; } = [];

    /// <summary>Where requests go, by weight.</summary>
    public ImmutableArray<RouteDestinationSpec> Route { get; init; } = [];

    /// <summary>Answer with a redirect instead of forwarding.</summary>
    public RedirectSpec? Redirect { get; init; }

    /// <summary>Answer with a fixed response instead of forwarding.</summary>
    public DirectResponseSpec? DirectResponse { get; init; }

    /// <summary>Rules of another VirtualService that stand in this place.</summary>
    public DelegateSpec? Delegate { get; init; }

    /// <summary>Changes of path and authority before forwarding.</summary>
    public RewriteSpec? Rewrite { get; init; }

    /// <summary>Limit for the whole request including retries; absent or zero means none.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>When and how often to try again; absent means the mesh default.</summary>
    public RetrySpec? Retries { get; init; }

    /// <summary>Delays and aborts injected before forwarding.</summary>
    public FaultSpec? Fault { get; init; }

    /// <summary>Copies sent elsewhere; `mirror` with `mirrorPercentage` appears here as the only element.</summary>
    public ImmutableArray<MirrorSpec> Mirrors { get; init; } = [];

    /// <summary>Cross-origin policy.</summary>
    public CorsSpec? CorsPolicy { get; init; }

    /// <summary>Header edits for all destinations of the rule.</summary>
    public HeadersSpec? Headers { get; init; }
}
