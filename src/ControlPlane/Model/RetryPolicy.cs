using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>How often and on what a request is tried again; <c>Attempts</c> 0 switches retries off.</summary>
internal sealed record RetryPolicy(
    int Attempts,
    TimeSpan? PerTryTimeout,
    ImmutableArray<string> RetryOn,
    ImmutableArray<int> RetriableStatusCodes,
    bool RetryRemoteLocalities,
    bool IgnorePreviousHosts,
    TimeSpan? Backoff
);
