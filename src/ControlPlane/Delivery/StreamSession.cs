using System.Globalization;
using Mesh.Xds;

namespace Mesh.ControlPlane.Delivery;

/// <summary>
/// One ADS stream as a pure state machine: requests go in, the next response comes out, always computed from the view
/// that is handed in, so that nothing queues up behind a slow client.
/// </summary>
/// <remarks>
/// Order of responses (xds_protocol#eventual-consistency-considerations): CDS, EDS, LDS, RDS, SDS. Clusters and endpoints that vanished
/// stay until listeners and routes are sent and accepted, and go last.
/// </remarks>
internal sealed class StreamSession<TRequest, TResponse>(IStreamProtocol<TRequest, TResponse> protocol, DiscoveryOptions options)
    where TResponse : class
{
    private readonly List<ISubscription<TRequest, TResponse>> subscriptions = [];
    private long nonces;
    private IResourceView? view;
    private ResourceSet resources = ResourceSet.Empty;

    /// <summary>From the first request; null before.</summary>
    public NodeInfo? Node { get; private set; }

    /// <summary>The client has accepted everything that it was sent; with nothing to send for a view, it has that view.</summary>
    public bool IsSettled => Node is not null && subscriptions.Count > 0 && !subscriptions.Exists(s => s.InFlight || s.Rejected);

    /// <summary>Takes one request.</summary>
    public RequestOutcome OnRequest(TRequest request)
    {
        var typeUrl = protocol.TypeUrlOf(request);
        if (typeUrl.Length == 0)
        {
            return new(RequestKind.Malformed, "", "", "type_url is empty; ADS needs one in every request");
        }
        // Only the first request of a stream is sure to have a node; later ones cannot change who the client is.
        if (Node is null)
        {
            var node = protocol.NodeOf(request);
            if (node?.CalculateSize() is { } size && size > options.MaxNodeSize)
            {
                return new(
                    RequestKind.OverLimit,
                    "",
                    "",
                    $"the node's description has {size} bytes, over the limit of {options.MaxNodeSize}"
                );
            }
            Node = NodeInfo.Parse(node);
        }
        var subscription = subscriptions.Find(s => s.TypeUrl == typeUrl);
        if (subscription is null)
        {
            if (subscriptions.Count == options.MaxTypesPerStream)
            {
                return new(
                    RequestKind.OverLimit,
                    "",
                    "",
                    $"more than {options.MaxTypesPerStream} resource types on one stream; the next was {typeUrl}"
                );
            }
            subscription = protocol.Subscribe(TypeUrls.TryIntern(typeUrl) ?? typeUrl, options);
            subscriptions.Add(subscription);
            subscriptions.Sort(static (a, b) => TypeUrls.OrderOf(a.TypeUrl).CompareTo(TypeUrls.OrderOf(b.TypeUrl)));
        }
        return subscription.OnRequest(request);
    }

    /// <summary>The next response for this state of the mesh, or null when there is nothing to say. What is returned counts as sent.</summary>
    public Outgoing<TResponse>? Next(IResourceView latest)
    {
        if (Node is null)
        {
            return null;
        }
        if (!ReferenceEquals(view, latest))
        {
            resources = latest.ResourcesFor(Node);
            view = latest;
        }
        foreach (var subscription in subscriptions)
        {
            if (Ask(subscription, latest, holdRemovals: IsReferredTo(subscription)) is { } outgoing)
            {
                return outgoing;
            }
        }
        if (subscriptions.Exists(s => IsReferrer(s) && (s.InFlight || s.Rejected)))
        {
            return null;
        }
        foreach (var subscription in subscriptions.Where(IsReferredTo))
        {
            if (Ask(subscription, latest, holdRemovals: false) is { } outgoing)
            {
                return outgoing;
            }
        }
        return null;
    }

    private Outgoing<TResponse>? Ask(ISubscription<TRequest, TResponse> subscription, IResourceView latest, bool holdRemovals)
    {
        var nonce = (nonces + 1).ToString(CultureInfo.InvariantCulture);
        var lookup = new TypeLookup(latest, Node!, resources.Of(subscription.TypeUrl));
        if (subscription.Next(lookup, holdRemovals, nonce, out var isPush) is not { } response)
        {
            return null;
        }
        nonces++;
        var sent = protocol.ResourcesOf(response);
        var dependents = subscription.TypeUrl switch
        {
            TypeUrls.Cluster => TypeUrls.Endpoints,
            TypeUrls.Listener => TypeUrls.Route,
            _ => null,
        };
        subscriptions.Find(s => s.TypeUrl == dependents)?.OnReferrersSent(sent);
        return new(response, subscription.TypeUrl, nonce, protocol.VersionOf(response), sent.Length, isPush, latest);
    }

    private static bool IsReferredTo(ISubscription<TRequest, TResponse> s) => s.TypeUrl is TypeUrls.Cluster or TypeUrls.Endpoints;

    private static bool IsReferrer(ISubscription<TRequest, TResponse> s) => s.TypeUrl is TypeUrls.Listener or TypeUrls.Route;
}
