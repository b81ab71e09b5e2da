using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Tests.Delivery;

/// <summary>The state-of-the-world side; like Envoy it may fold two requests of one type into the later one while they wait.</summary>
internal sealed class SotwModelClient(Random random) : ModelClient<Pb.DiscoveryRequest, SotwResponse>
{
    private readonly Dictionary<string, string> nonces = [];
    private readonly Dictionary<string, string> versions = [];
    private readonly Dictionary<string, SortedSet<string>> names = [];

    public override string TypeOf(SotwResponse response) => response.TypeUrl;

    public override string NonceOf(SotwResponse response) => response.Nonce;

    public override void Connect()
    {
        ToServer.Clear();
        nonces.Clear();
        names.Clear();
        Warming.Clear();
        Send(TypeUrls.Cluster);
        Send(TypeUrls.Listener);
        Subscribe(TypeUrls.Endpoints);
        Subscribe(TypeUrls.Route);
    }

    public override void Receive(SotwResponse response, bool refuse)
    {
        var type = response.TypeUrl;
        nonces[type] = response.Nonce;
        if (refuse)
        {
            if (type == TypeUrls.Endpoints)
            {
                // As in Envoy, refused endpoints end the wait of their clusters.
                Warming.ExceptWith(response.Resources.Select(r => r.Name));
            }
            Send(type, error: "refused");
            return;
        }
        versions[type] = response.Version;
        Assert.Equal(response.Resources.Length, response.Resources.Select(r => r.Name).Distinct().Count());
        if (TypeUrls.IsFullState(type))
        {
            foreach (var gone in Held[type].Keys.Except(response.Resources.Select(r => r.Name)).ToList())
            {
                Remove(type, gone);
            }
        }
        var warmingBefore = Warming.Count;
        foreach (var resource in response.Resources.Where(r => Wanted(type)?.Contains(r.Name) != false))
        {
            Apply(resource);
        }
        Send(type);
        if (type == TypeUrls.Cluster)
        {
            Subscribe(TypeUrls.Endpoints, again: Warming.Count > warmingBefore);
        }
        if (type == TypeUrls.Listener)
        {
            Subscribe(TypeUrls.Route);
        }
    }

    private void Subscribe(string type, bool again = false)
    {
        var wanted = Wanted(type)!;
        if (again || !(names.TryGetValue(type, out var before) ? before.SetEquals(wanted) : wanted.Count == 0))
        {
            names[type] = wanted;
            Send(type);
        }
    }

    private void Send(string type, string? error = null)
    {
        var request = new Pb.DiscoveryRequest
        {
            TypeUrl = type,
            ResponseNonce = nonces.GetValueOrDefault(type, ""),
            VersionInfo = versions.GetValueOrDefault(type, ""),
            ErrorDetail = error is null ? null : new Pb.Status { Code = 3, Message = error },
        };
        request.ResourceNames.AddRange(names.GetValueOrDefault(type, []));
        if (ToServer.Last is { } last && last.Value.TypeUrl == type && last.Value.ErrorDetail is null && random.Next(2) == 0)
        {
            ToServer.RemoveLast();
        }
        ToServer.AddLast(request);
    }
}
