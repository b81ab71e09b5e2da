using static Mesh.ControlPlane.Tests.Delivery.StaticView;

namespace Mesh.ControlPlane.Tests.Delivery;

/// <summary>A mesh that changes at random and is always consistent: a listener has a route of its name, a route's clusters exist.</summary>
internal sealed class MeshModel(Random random)
{
    private readonly SortedDictionary<string, int> clusters = new() { ["c0"] = 0 };
    private readonly SortedDictionary<string, uint> endpoints = new() { ["c0"] = 0 };
    private readonly SortedDictionary<string, int> listeners = [];
    private readonly SortedDictionary<string, List<string>> routes = [];
    private int version;

    public StaticView View() =>
        new(
            $"{version}",
            [
                .. clusters.Select(c => Cluster(c.Key, $"{c.Value}")),
                .. endpoints.Select(e => Endpoints(e.Key, e.Value)),
                .. listeners.Select(l => Listener(l.Key, $"{l.Value}")),
                .. routes.Select(r => Route(r.Key, r.Value)),
            ]
        );

    public StaticView Mutate()
    {
        version++;
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            MutateOnce();
        }
        return View();
    }

    /// <summary>Everything gets other content, so that a client which refused what went before is sent it all.</summary>
    public StaticView ChangeAll()
    {
        version++;
        foreach (var name in clusters.Keys.ToList())
        {
            clusters[name]++;
            endpoints[name]++;
        }
        // Not even the emptiness that a client refused to take over stays as it was.
        listeners["last"] = 0;
        routes["last"] = [AnyCluster()];
        foreach (var (name, referred) in routes)
        {
            listeners[name]++;
            referred.Add(referred[0]);
        }
        return View();
    }

    private void MutateOnce()
    {
        var cluster = $"c{random.Next(6)}";
        var listener = $"l{random.Next(4)}";
        switch (random.Next(6))
        {
            case 0:
                clusters[cluster] = version;
                endpoints[cluster] = (uint)version;
                break;
            case 1 when clusters.Count > 1 && clusters.Remove(cluster):
                // In one step, as a user's two files may be applied at once.
                endpoints.Remove(cluster);
                foreach (var referred in routes.Values)
                {
                    referred.RemoveAll(c => c == cluster);
                    if (referred.Count == 0)
                    {
                        referred.Add(AnyCluster());
                    }
                }
                break;
            case 2 when clusters.ContainsKey(cluster):
                endpoints[cluster] = (uint)version;
                break;
            case 3:
                listeners[listener] = version;
                routes[listener] = [AnyCluster()];
                break;
            case 4:
                listeners.Remove(listener);
                routes.Remove(listener);
                break;
            case 5 when routes.ContainsKey(listener):
                routes[listener] = [AnyCluster(), AnyCluster()];
                break;
        }
    }

    private string AnyCluster() => clusters.Keys.ElementAt(random.Next(clusters.Count));
}
