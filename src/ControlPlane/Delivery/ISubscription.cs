using System.Collections.Immutable;
using Mesh.Xds;

namespace Mesh.ControlPlane.Delivery;

/// <summary>
/// One type on one stream: a pure state machine that takes requests and says what to send, without clock, lock or I/O.
/// </summary>
internal interface ISubscription<TRequest, TResponse>
    where TResponse : class
{
    string TypeUrl { get; }

    /// <summary>A response is on its way that the client has neither accepted nor refused.</summary>
    bool InFlight { get; }

    /// <summary>The client refused something it still asks for, so it may use what it had before.</summary>
    bool Rejected { get; }

    RequestOutcome OnRequest(TRequest request);

    /// <summary>
    /// What to send now, or null. What is returned counts as sent.
    /// </summary>
    /// <param name="lookup">The latest state.</param>
    /// <param name="holdRemovals">Something later in the push order may still refer to what vanished: keep it for now.</param>
    /// <param name="nonce">Goes into the response.</param>
    /// <param name="isPush">The response was caused by a change and not by a request.</param>
    TResponse? Next(TypeLookup lookup, bool holdRemovals, string nonce, out bool isPush);

    /// <summary>Clusters (listeners) were sent: the client may wait for endpoints (routes) to come again, changed or not.</summary>
    void OnReferrersSent(ImmutableArray<XdsResource> referrers);
}
