using System.Collections.Immutable;
using System.Text;
using Mesh.Proxy.Configuration;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Discovery;

/// <summary>
/// The thinking half of <see cref="AdsClient"/>: the delta xDS protocol as a state machine without clock and I/O. Messages go in,
/// messages to send come out; <see cref="Current"/> holds what was accepted and survives streams.
/// </summary>
internal sealed class AdsSession
{
    /// <summary>Reasons are cut here: gRPC peers limit what they take, and a reader has seen enough.</summary>
    internal const int MaxReasonLength = 16 * 1024;

    private const int InvalidArgument = 3;

    private readonly Pb.Node _node;

    // In push order, which is also the order of subscriptions on a new stream.
    private readonly ImmutableArray<TypeSubscription> _types;

    private bool _nodeSent;

    /// <param name="restored">What a cache file held, or <see cref="XdsSet.Empty"/>.</param>
    /// <param name="roots">Also follows which roots the mesh trusts.</param>
    public AdsSession(Pb.Node node, XdsSet restored, bool roots = false)
    {
        _types =
        [
            new(TypeUrls.Cluster, wildcard: true),
            new(TypeUrls.Endpoints, wildcard: false),
            new(TypeUrls.Listener, wildcard: true),
            new(TypeUrls.Route, wildcard: false),
        ];
        if (roots)
        {
            _types = _types.Add(new(TypeUrls.Secret, wildcard: false) { Always = [SecretResourceNames.Roots] });
        }

        _node = node;
        Current = restored;
        if (restored.All.Any())
        {
            Find(TypeUrls.Cluster)!.Answered = true;
            Find(TypeUrls.Listener)!.Answered = true;
        }

        UpdateNames();
    }

    /// <summary>Everything accepted so far. A refused response changes nothing here.</summary>
    public XdsSet Current { get; private set; }

    /// <summary>True once clusters and listeners were received: from then on <see cref="Current"/> is a configuration.</summary>
    public bool Complete => _types.All(t => !t.Wildcard || t.Answered);

    /// <summary>All refused resources that are still bad, all types.</summary>
    public ImmutableArray<RejectedResource> Rejected => [.. _types.SelectMany(t => t.Rejected.Values)];

    /// <summary>The control plane's version of a type; empty before its first response.</summary>
    public string SystemVersionOf(string typeUrl) => Find(typeUrl)?.SystemVersion ?? "";

    /// <summary>References that are unanswered and may still be on their way.</summary>
    public ImmutableHashSet<ResourceRef> Awaited() =>
        Current.Missing().Except(_types.SelectMany(t => t.Absent.Select(name => new ResourceRef(t.TypeUrl, name))));

    /// <summary>What to send on a new stream: the node, then each subscription with the versions already held.</summary>
    public ImmutableArray<Pb.DeltaDiscoveryRequest> Connected()
    {
        _nodeSent = false;
        var requests = ImmutableArray.CreateBuilder<Pb.DeltaDiscoveryRequest>();
        foreach (var type in _types)
        {
            type.Absent.Clear();
            // What is still bad comes again, because it is not among the versions held; what is gone would never be heard of.
            type.Rejected = type.Rejected.Clear();
            type.Held.Clear();
            if (!type.Wildcard && type.Names.IsEmpty)
            {
                continue;
            }

            var request = Request(type.TypeUrl);
            request.ResourceNamesSubscribe.Add(type.Wildcard ? ["*"] : type.Names.Order(StringComparer.Ordinal));
            // xDS: the server then sends differences only, and names what has vanished (xds_protocol#incremental-xds).
            foreach (var entry in Current.Of(type.TypeUrl).Values)
            {
                request.InitialResourceVersions[entry.Name] = entry.Version;
            }

            requests.Add(request);
        }

        return requests.ToImmutable();
    }

    /// <summary>Accepts or refuses a response as a whole; returns the answer, then the subscriptions that follow from it.</summary>
    /// <param name="at">Wall clock of the arrival; only remembered.</param>
    public ImmutableArray<Pb.DeltaDiscoveryRequest> Receive(Pb.DeltaDiscoveryResponse response, DateTimeOffset at)
    {
        if (Find(response.TypeUrl) is not { } type)
        {
            return [Answer(response, $"type '{response.TypeUrl}' was not asked for")];
        }

        var (changed, rejected) = Read(type, response, at);
        foreach (var entry in changed)
        {
            type.Held[entry.Name] = entry;
        }

        foreach (var name in response.RemovedResources.Concat(response.RemovedResourceNames.Select(n => n.Name)))
        {
            type.Held[name] = null;
        }

        if (!rejected.IsEmpty)
        {
            foreach (var resource in rejected)
            {
                // A newer version of it that came before is as much out of date as the one in force.
                type.Held.Remove(resource.Name);
            }

            type.Rejected = type.Rejected.SetItems(rejected.Select(r => KeyValuePair.Create(r.Name, r)));
            return [Answer(response, Reason(rejected))];
        }

        Accept(type, response);
        return [Answer(response, null), .. UpdateNames()];
    }

    private void Accept(TypeSubscription type, Pb.DeltaDiscoveryResponse response)
    {
        var removed = type.Held.Where(h => h.Value is null).Select(h => h.Key).ToList();
        type.Answered = true;
        type.SystemVersion = response.SystemVersionInfo;
        type.Rejected = type.Rejected.RemoveRange(response.Resources.Select(NameOf).Concat(removed));
        type.Absent.ExceptWith(response.Resources.Select(NameOf));
        type.Absent.UnionWith(removed.Where(n => !type.Wildcard && type.Wants(n)));
        Current = Current.With(type.TypeUrl, type.Held.Values.OfType<XdsEntry>().Where(e => type.Wants(e.Name)), removed);
        type.Held.Clear();
    }

    private (List<XdsEntry> Changed, ImmutableArray<RejectedResource> Rejected) Read(
        TypeSubscription type,
        Pb.DeltaDiscoveryResponse response,
        DateTimeOffset at
    )
    {
        var changed = new List<XdsEntry>(response.Resources.Count);
        var rejected = ImmutableArray.CreateBuilder<RejectedResource>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var resource in response.Resources)
        {
            var name = NameOf(resource);
            var problems = new List<string>();
            if (name.Length == 0)
            {
                problems.Add("has no name");
            }
            else if (!seen.Add(name))
            {
                problems.Add("is in the response twice");
            }
            else if (resource.Resource_ is null)
            {
                // A heartbeat for a resource with a time to live, which we never ask for: nothing changes.
                continue;
            }
            else if (!type.Wants(name))
            {
                // Sent before our unsubscription arrived.
                continue;
            }
            else if (Current.Of(type.TypeUrl).TryGetValue(name, out var known) && known.Version == resource.Version)
            {
                changed.Add(known);
            }
            else if (
                ResourceReader.Read(type.TypeUrl, name, resource.Version, resource.Resource_, at, problems) is { } entry
                && problems.Count == 0
            )
            {
                changed.Add(entry);
            }

            if (problems.Count > 0)
            {
                rejected.Add(new RejectedResource(type.TypeUrl, name, resource.Version, string.Join("; ", problems), at));
            }
        }

        return (changed, rejected.ToImmutable());
    }

    /// <summary>Names follow from what refers to them: endpoints from clusters, routes from listeners.</summary>
    private ImmutableArray<Pb.DeltaDiscoveryRequest> UpdateNames()
    {
        var wanted = Current
            .All.SelectMany(e => e.References)
            .GroupBy(r => r.TypeUrl, r => r.Name, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.ToImmutableHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        var requests = ImmutableArray.CreateBuilder<Pb.DeltaDiscoveryRequest>();
        foreach (var type in _types.Where(t => !t.Wildcard))
        {
            var names = wanted.GetValueOrDefault(type.TypeUrl, type.Names.Clear()).Union(type.Always);
            var request = Request(type.TypeUrl, withNode: false);
            request.ResourceNamesSubscribe.Add(names.Except(type.Names).Order(StringComparer.Ordinal));
            request.ResourceNamesUnsubscribe.Add(type.Names.Except(names).Order(StringComparer.Ordinal));
            if (request.ResourceNamesSubscribe.Count == 0 && request.ResourceNamesUnsubscribe.Count == 0)
            {
                continue;
            }

            type.Names = names;
            type.Absent.ExceptWith(request.ResourceNamesUnsubscribe);
            type.Rejected = type.Rejected.RemoveRange(request.ResourceNamesUnsubscribe);
            foreach (var name in request.ResourceNamesUnsubscribe)
            {
                type.Held.Remove(name);
            }

            Current = Current.With(type.TypeUrl, [], request.ResourceNamesUnsubscribe);
            requests.Add(request);
        }

        return requests.ToImmutable();
    }

    private Pb.DeltaDiscoveryRequest Answer(Pb.DeltaDiscoveryResponse response, string? reason)
    {
        var request = Request(response.TypeUrl);
        request.ResponseNonce = response.Nonce;
        if (reason is not null)
        {
            request.ErrorDetail = new Pb.Status { Code = InvalidArgument, Message = reason };
        }

        return request;
    }

    private Pb.DeltaDiscoveryRequest Request(string typeUrl, bool withNode = true)
    {
        var request = new Pb.DeltaDiscoveryRequest { TypeUrl = typeUrl };
        if (withNode && !_nodeSent)
        {
            request.Node = _node;
            _nodeSent = true;
        }

        return request;
    }

    private TypeSubscription? Find(string typeUrl)
    {
        foreach (var type in _types)
        {
            if (type.TypeUrl == typeUrl)
            {
                return type;
            }
        }

        return null;
    }

    private static string NameOf(Pb.Resource resource) => resource.Name.Length > 0 ? resource.Name : resource.ResourceName?.Name ?? "";

    private static string Reason(ImmutableArray<RejectedResource> rejected)
    {
        var text = new StringBuilder();
        for (var i = 0; i < rejected.Length; i++)
        {
            var line = $"{TypeUrls.ShortName(rejected[i].TypeUrl)} '{rejected[i].Name}': {rejected[i].Reason}\n";
            if (text.Length + line.Length > MaxReasonLength)
            {
                // Names matter most: the rest of the room is theirs.
                text.Append($"and {rejected.Length - i} more: ");
                text.AppendJoin(", ", rejected.Skip(i).Select(r => $"'{r.Name}'"));
                break;
            }

            text.Append(line);
        }

        return text.Length > 2 * MaxReasonLength ? text.ToString(0, 2 * MaxReasonLength) : text.ToString().TrimEnd('\n');
    }
}
