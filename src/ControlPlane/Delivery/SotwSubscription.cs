using System.Collections.Immutable;
using Google.Protobuf.Collections;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Delivery;

/// <summary>State-of-the-world half of ADS for one type on one stream; every response lists all that the client subscribed to.</summary>
/// <remarks>
/// <code>
/// response_nonce   error_detail  names          in flight   then
/// empty            no            any            any         subscription: answer
/// empty            yes           any            any         subscription, no answer
/// not the latest   any           any            any         ignored
/// latest           no            same           yes         ACK
/// latest           yes           same           yes         NACK: wait for other content
/// latest           any           one more       any         as above, and answer
/// latest           any           fewer          any         as above, no answer
/// latest           no            same           no          asked again (warming): answer
/// </code>
/// </remarks>
internal sealed class SotwSubscription(string typeUrl, DiscoveryOptions options) : ISubscription<Pb.DiscoveryRequest, SotwResponse>
{
    private readonly bool isFullState = TypeUrls.IsFullState(typeUrl);
    private HashSet<string> names = new(StringComparer.Ordinal);
    private bool wildcard;
    private bool everNamed;
    private bool answerDue;
    private bool answerWithAck;
    private string latestNonce = "";
    private ImmutableArray<XdsResource> sent = [];
    private IResourceView? settledFor;

    public string TypeUrl => typeUrl;

    public bool InFlight { get; private set; }

    public bool Rejected { get; private set; }

    public RequestOutcome OnRequest(Pb.DiscoveryRequest request)
    {
        if (request.ResourceNames.Count > options.MaxNamesPerSubscription)
        {
            return new(RequestKind.OverLimit, typeUrl, "", options.TooManyNames(request.ResourceNames.Count, typeUrl));
        }
        var isSubscription = request.ResponseNonce.Length == 0;
        // xds_protocol#ack-nack-and-resource-type-instance-version: a request with an old nonce says nothing about the
        // latest response, and the client will answer that one too.
        if (!isSubscription && request.ResponseNonce != latestNonce)
        {
            return new(RequestKind.Stale, typeUrl, request.ResponseNonce);
        }
        var change = ReplaceNames(request.ResourceNames);
        settledFor = null;
        if (isSubscription)
        {
            // A NACK of nothing we sent is not answered, or it would be for ever.
            answerDue = request.ErrorDetail is null;
            return new(RequestKind.Subscribed, typeUrl);
        }
        var wasInFlight = InFlight;
        InFlight = false;
        // error_detail alone makes a NACK, never the version.
        Rejected = (Rejected && !wasInFlight) || request.ErrorDetail is not null;
        // What was refused may be among the names that went; what is left deserves another try.
        answerDue |= change == NamesChange.More || (change == NamesChange.Fewer && Rejected);
        Rejected &= wildcard || names.Count > 0;
        if (request.ErrorDetail is { } error)
        {
            return new(RequestKind.Nacked, typeUrl, request.ResponseNonce, error.Message);
        }
        if (!wasInFlight)
        {
            // An answered nonce once more: the client waits for a response, as Envoy does while a cluster warms.
            answerDue |= change == NamesChange.None;
            return new(RequestKind.Subscribed, typeUrl, request.ResponseNonce);
        }
        answerDue |= answerWithAck;
        answerWithAck = false;
        return new(RequestKind.Acked, typeUrl, request.ResponseNonce);
    }

    public SotwResponse? Next(TypeLookup lookup, bool holdRemovals, string nonce, out bool isPush)
    {
        isPush = !answerDue;
        if ((!wildcard && names.Count == 0) || (!answerDue && ReferenceEquals(settledFor, lookup.View)))
        {
            answerDue = false;
            return null;
        }
        var (content, held) = Wanted(lookup, holdRemovals);
        // Missing is not deletion outside LDS and CDS: a response without resources would say nothing.
        if (answerDue ? content.IsEmpty && !isFullState : !IsNews(content))
        {
            answerDue = false;
            settledFor = held ? null : lookup.View;
            return null;
        }
        answerDue = false;
        answerWithAck = false;
        InFlight = true;
        latestNonce = nonce;
        sent = content;
        // A pure wildcard shares its hash with all other nodes that get the same.
        var version = content == lookup.All.All ? lookup.All.Version : TypeResources.Create(typeUrl, content).Version;
        return new SotwResponse(typeUrl, version, nonce, content) { ControlPlane = options.Identifier };
    }

    public void OnReferrersSent(ImmutableArray<XdsResource> referrers) =>
        // What is in flight went out before them. Its ACK may be all that the client says, while it waits for another response.
        answerWithAck |= InFlight;

    private NamesChange ReplaceNames(RepeatedField<string> requested)
    {
        var before = names;
        var wasWildcard = wildcard;
        if (requested.Count == 0)
        {
            // Never a name: everything. No name any more: nothing (xds_protocol#how-the-client-specifies-what-resources-to-return).
            wildcard = !everNamed;
            names = [];
        }
        else
        {
            everNamed = true;
            names = new HashSet<string>(requested, StringComparer.Ordinal);
            wildcard = names.Remove(ResourceNames.Wildcard);
        }
        return (wildcard && !wasWildcard) || !names.IsSubsetOf(before) ? NamesChange.More
            : wildcard == wasWildcard && names.Count == before.Count ? NamesChange.None
            : NamesChange.Fewer;
    }

    private (ImmutableArray<XdsResource> Content, bool Held) Wanted(TypeLookup lookup, bool holdRemovals)
    {
        var nothingGone = !holdRemovals || !isFullState || sent == lookup.All.All || sent.All(s => lookup.All.TryGet(s.Name, out _));
        if (wildcard && names.Count == 0 && nothingGone)
        {
            return (lookup.All.All, false);
        }
        var found = new SortedDictionary<string, XdsResource>(StringComparer.Ordinal);
        if (wildcard)
        {
            foreach (var resource in lookup.All.All)
            {
                found.Add(resource.Name, resource);
            }
        }
        foreach (var name in names)
        {
            if (lookup.TryFind(name, out var resource))
            {
                found[name] = resource;
            }
        }
        var held = false;
        if (isFullState && holdRemovals)
        {
            var gone = sent.Where(s => IsSubscribed(s.Name) && !found.ContainsKey(s.Name)).ToList();
            // A client that refuses for ever must not collect the mesh's whole history.
            if (gone.Count is > 0 and <= DiscoveryOptions.MaxHeldRemovals)
            {
                held = true;
                foreach (var resource in gone)
                {
                    found.Add(resource.Name, resource);
                }
            }
        }
        return ([.. found.Values], held);
    }

    private bool IsSubscribed(string name) => wildcard || names.Contains(name);

    /// <summary>Both are in name order.</summary>
    private bool IsNews(ImmutableArray<XdsResource> content)
    {
        if (content == sent)
        {
            return false;
        }
        var old = 0;
        foreach (var resource in content)
        {
            while (old < sent.Length && string.CompareOrdinal(sent[old].Name, resource.Name) < 0)
            {
                if (IsDeletion(sent[old++]))
                {
                    return true;
                }
            }
            if (old == sent.Length || sent[old].Name != resource.Name || sent[old].Version != resource.Version)
            {
                return true;
            }
            old++;
        }
        return sent.Skip(old).Any(IsDeletion);
    }

    private bool IsDeletion(XdsResource gone) => isFullState && IsSubscribed(gone.Name);

    private enum NamesChange
    {
        None,
        More,
        Fewer,
    }
}
