using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>How often and on what a request is tried again; <c>Attempts</c> 0 switches retries off, previous hosts of null are the default.</summary>
internal sealed record RetryPolicy(
    int Attempts,
    TimeSpan? PerTryTimeout,
    ImmutableArray<string> RetryOn,
    ImmutableArray<int> RetriableStatusCodes,
    bool RetryRemoteLocalities,
    bool? IgnorePreviousHosts,
    TimeSpan? Backoff
)
{
    /// <summary>The condition that makes <see cref="RetriableStatusCodes"/> count.</summary>
    public const string OnStatusCodes = "retriable-status-codes";

    /// <summary>
    /// On what requests are tried again where nobody says: Istio's default policy, which lists no status codes, and what cannot have been seen by
    /// its destination, which Istio retries on the last hop only.
    /// </summary>
    public static ImmutableArray<string> DefaultRetryOn { get; } =
    ["connect-failure", "refused-stream", "reset-before-request", "unavailable", "cancelled", OnStatusCodes];
}
