using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>When and how often a request is tried again.</summary>
public sealed record RetrySpec
{
    /// <summary>Retries after the first try; 0 switches retries off.</summary>
    public int Attempts { get; init; }

    /// <summary>Limit for one try; absent means the route's timeout.</summary>
    public TimeSpan? PerTryTimeout { get; init; }

    /// <summary>Conditions and status codes in the user's order; empty means the mesh default.</summary>
    public ImmutableArray<string> RetryOn { get; init; } = [];

    /// <summary>Retries may go to other localities.</summary>
    public bool? RetryRemoteLocalities { get; init; }

    /// <summary>Retries avoid endpoints that were tried already; absent means true.</summary>
    public bool? RetryIgnorePreviousHosts { get; init; }

    /// <summary>Base interval between tries; absent means 25 ms.</summary>
    public TimeSpan? Backoff { get; init; }
}
