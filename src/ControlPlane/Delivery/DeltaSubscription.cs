using System.Collections.Immutable;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Delivery;

/// <summary>Delta half of ADS for one type on one stream: remembers what the client holds and sends the difference.</summary>
internal sealed class DeltaSubscription(string typeUrl, DiscoveryOptions options) : ISubscription<Pb.DeltaDiscoveryRequest, DeltaResponse>
{
    /// <summary>Name to version: what was sent, or what a reconnecting client says it has.</summary>
    private readonly Dictionary<string, string> holds = new(StringComparer.Ordinal);
    private readonly HashSet<string> names = new(StringComparer.Ordinal);

    /// <summary>Names to answer with the resource or its removal, whatever the client holds.</summary>
    private readonly HashSet<string> due = new(StringComparer.Ordinal);
    private readonly HashSet<string> rejected = new(StringComparer.Ordinal);
    private readonly Queue<(string Nonce, string[] Names)> unanswered = new();
    private bool wildcard;
    private bool started;
    private bool answerDue;
    private IResourceView? settledFor;

    // Answers to requests do not wait for ACKs; a client that never sends one must not make the queue grow.
    private const int MaxUnanswered = 64;

    public string TypeUrl => typeUrl;

    public bool InFlight => unanswered.Count > 0;

    public bool Rejected => rejected.Count > 0;

    public RequestOutcome OnRequest(Pb.DeltaDiscoveryRequest request)
    {
        // The nonce tells which response is answered and nothing else: changes of the subscription that come with an old
        // one count (xds_protocol#incremental-xds), because they will not be repeated.
        var answer = Answered(request);
        settledFor = null;
        if (!started)
        {
            started = true;
            answerDue = true;
            foreach (var (name, version) in request.InitialResourceVersions)
            {
                holds[name] = version;
            }
            wildcard = request.ResourceNamesSubscribe.Count == 0;
            Subscribe(request.ResourceNamesSubscribe, isReconnect: true);
        }
        else
        {
            Subscribe(request.ResourceNamesSubscribe, isReconnect: false);
        }
        Unsubscribe(request.ResourceNamesUnsubscribe);
        var count = Math.Max(names.Count, request.InitialResourceVersions.Count);
        if (count > options.MaxNamesPerSubscription)
        {
            return new(RequestKind.OverLimit, typeUrl, "", options.TooManyNames(count, typeUrl));
        }
        var isChange = request.ResourceNamesSubscribe.Count + request.ResourceNamesUnsubscribe.Count > 0;
        return answer.Kind == RequestKind.Stale && isChange ? answer with { Kind = RequestKind.Subscribed } : answer;
    }

    public DeltaResponse? Next(TypeLookup lookup, bool holdRemovals, string nonce, out bool isPush)
    {
        isPush = !answerDue && due.Count == 0;
        if (!started || (isPush && ReferenceEquals(settledFor, lookup.View)))
        {
            return null;
        }
        var changed = new SortedDictionary<string, XdsResource>(StringComparer.Ordinal);
        var removed = new SortedSet<string>(StringComparer.Ordinal);
        CollectChanged(lookup, changed, removed);
        var held = CollectRemoved(lookup, holdRemovals, changed, removed);
        var isEmpty = changed.Count == 0 && removed.Count == 0;
        due.Clear();
        if (isEmpty && !answerDue)
        {
            settledFor = held ? null : lookup.View;
            return null;
        }
        answerDue = false;
        foreach (var (name, resource) in changed)
        {
            holds[name] = resource.Version;
        }
        foreach (var name in removed)
        {
            Forget(name);
        }
        if (unanswered.Count == MaxUnanswered)
        {
            unanswered.Dequeue();
        }
        unanswered.Enqueue((nonce, [.. changed.Keys]));
        return new DeltaResponse(typeUrl, lookup.View.Version, nonce, [.. changed.Values], [.. removed])
        {
            ControlPlane = options.Identifier,
        };
    }

    public void OnReferrersSent(ImmutableArray<XdsResource> referrers)
    {
        foreach (var referrer in referrers)
        {
            // Endpoints bear their cluster's name. A client that has never had them gets them anyway.
            if (names.Contains(referrer.Name) && holds.ContainsKey(referrer.Name))
            {
                due.Add(referrer.Name);
            }
        }
    }

    private RequestOutcome Answered(Pb.DeltaDiscoveryRequest request)
    {
        var nonce = request.ResponseNonce;
        if (nonce.Length == 0)
        {
            return new(RequestKind.Subscribed, typeUrl);
        }
        if (!unanswered.Any(u => u.Nonce == nonce))
        {
            return new(RequestKind.Stale, typeUrl, nonce);
        }
        // Responses are processed in order: an answer to one says that those before are done.
        var answered = unanswered.Dequeue();
        while (answered.Nonce != nonce)
        {
            answered = unanswered.Dequeue();
        }
        if (request.ErrorDetail is { } error)
        {
            rejected.UnionWith(answered.Names.Where(holds.ContainsKey));
            return new(RequestKind.Nacked, typeUrl, nonce, error.Message);
        }
        rejected.ExceptWith(answered.Names);
        return new(RequestKind.Acked, typeUrl, nonce);
    }

    private void Subscribe(IEnumerable<string> subscribed, bool isReconnect)
    {
        foreach (var name in subscribed)
        {
            if (name == ResourceNames.Wildcard)
            {
                answerDue |= !wildcard;
                wildcard = true;
            }
            else
            {
                names.Add(name);
                if (!isReconnect || !holds.ContainsKey(name))
                {
                    due.Add(name);
                }
            }
        }
    }

    private void Unsubscribe(IEnumerable<string> unsubscribed)
    {
        foreach (var name in unsubscribed)
        {
            if (name == ResourceNames.Wildcard)
            {
                wildcard = false;
                foreach (var held in holds.Keys.Where(n => !names.Contains(n)).ToList())
                {
                    Forget(held);
                }
            }
            else if (names.Remove(name) && wildcard)
            {
                // The client cannot know whether the wildcard still covers the name (xds_protocol#unsubscribing-from-resources).
                due.Add(name);
            }
            else if (!wildcard)
            {
                Forget(name);
                due.Remove(name);
            }
        }
    }

    private void Forget(string name)
    {
        holds.Remove(name);
        rejected.Remove(name);
    }

    private void CollectChanged(TypeLookup lookup, SortedDictionary<string, XdsResource> changed, SortedSet<string> removed)
    {
        if (wildcard)
        {
            foreach (var resource in lookup.All.All)
            {
                AddIfNews(resource, changed);
            }
        }
        foreach (var name in names)
        {
            if (lookup.TryFind(name, out var resource))
            {
                AddIfNews(resource, changed);
            }
        }
        foreach (var name in due)
        {
            if (!changed.ContainsKey(name) && !Exists(lookup, name))
            {
                removed.Add(name);
            }
        }
    }

    private void AddIfNews(XdsResource resource, SortedDictionary<string, XdsResource> changed)
    {
        if (due.Contains(resource.Name) || !holds.TryGetValue(resource.Name, out var version) || version != resource.Version)
        {
            changed[resource.Name] = resource;
        }
    }

    /// <summary>True when a removal is due and was put off.</summary>
    private bool CollectRemoved(TypeLookup lookup, bool hold, SortedDictionary<string, XdsResource> changed, SortedSet<string> removed)
    {
        var gone = holds.Keys.Where(name => !changed.ContainsKey(name) && !removed.Contains(name) && !Exists(lookup, name)).ToList();
        if (hold && gone.Count is > 0 and <= DiscoveryOptions.MaxHeldRemovals)
        {
            return true;
        }
        removed.UnionWith(gone);
        return false;
    }

    private bool Exists(TypeLookup lookup, string name) =>
        names.Contains(name) ? lookup.TryFind(name, out _) : wildcard && lookup.All.TryGet(name, out _);
}
