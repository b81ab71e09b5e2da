using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Tests.Delivery;

/// <summary>The delta side; a reconnect tells the server what it still holds.</summary>
internal sealed class DeltaModelClient : ModelClient<Pb.DeltaDiscoveryRequest, DeltaResponse>
{
    private readonly Dictionary<string, SortedSet<string>> names = [];

    public override string TypeOf(DeltaResponse response) => response.TypeUrl;

    public override string NonceOf(DeltaResponse response) => response.Nonce;

    public override void Connect()
    {
        ToServer.Clear();
        names.Clear();
        Warming.Clear();
        foreach (var type in Types)
        {
            var request = new Pb.DeltaDiscoveryRequest { TypeUrl = type };
            request.InitialResourceVersions.Add(Held[type].ToDictionary(h => h.Key, h => h.Value.Version));
            if (Wanted(type) is { } wanted)
            {
                if (wanted.Count == 0)
                {
                    continue;
                }
                names[type] = wanted;
                request.ResourceNamesSubscribe.AddRange(wanted);
            }
            ToServer.AddLast(request);
        }
    }

    public override void Receive(DeltaResponse response, bool refuse)
    {
        var type = response.TypeUrl;
        var request = new Pb.DeltaDiscoveryRequest { TypeUrl = type, ResponseNonce = response.Nonce };
        foreach (var name in response.Removed)
        {
            Remove(type, name);
            if (type == TypeUrls.Endpoints)
            {
                Warming.Remove(name);
            }
        }
        if (refuse)
        {
            request.ErrorDetail = new Pb.Status { Code = 3, Message = "refused" };
            Warming.ExceptWith(type == TypeUrls.Endpoints ? response.Resources.Select(r => r.Name) : []);
        }
        else
        {
            Assert.Equal(response.Resources.Length, response.Resources.Select(r => r.Name).Distinct().Count());
            foreach (var resource in response.Resources.Where(r => Wanted(type)?.Contains(r.Name) != false))
            {
                Apply(resource);
            }
        }
        ToServer.AddLast(request);
        Subscribe(TypeUrls.Endpoints);
        Subscribe(TypeUrls.Route);
    }

    private void Subscribe(string type)
    {
        var wanted = Wanted(type)!;
        var before = names.GetValueOrDefault(type, []);
        if (!before.SetEquals(wanted))
        {
            var request = new Pb.DeltaDiscoveryRequest { TypeUrl = type };
            request.ResourceNamesSubscribe.AddRange(wanted.Except(before));
            request.ResourceNamesUnsubscribe.AddRange(before.Except(wanted));
            names[type] = wanted;
            ToServer.AddLast(request);
        }
    }
}
