using Google.Protobuf;
using Mesh.Proxy.Discovery;
using Mesh.Xds;
using static Mesh.Proxy.Tests.Configuration.Wire;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Tests.Discovery;

/// <summary>The simplest correct delta server: a few named objects that come, change, break and go, and one stream to a session.</summary>
/// <param name="countsRefused">Whether what was refused counts as sent, so that only a further change sends it again.</param>
internal sealed class ModelServer(Random random, bool countsRefused)
{
    private static readonly string[] Names = ["a", "b", "c", "d"];

    private readonly Dictionary<(string Type, string Name), IMessage> _resources = [];
    private readonly Dictionary<string, Dictionary<string, string>> _held = [];
    private readonly Dictionary<string, HashSet<string>> _subscribed = [];
    private readonly Dictionary<string, Pb.DeltaDiscoveryResponse> _unanswered = [];
    private readonly Queue<Pb.DeltaDiscoveryRequest> _toServer = [];
    private readonly HashSet<string> _dirty = [];
    private int _nonce;

    /// <summary>Adds, changes, breaks or removes one object.</summary>
    public void ChangeSomething()
    {
        var name = Names[random.Next(Names.Length)];
        var broken = random.Next(5) == 0;
        IMessage message = random.Next(4) switch
        {
            0 => Eds(name, c => c.AltStatName = $"{random.Next(3)}"),
            1 => Endpoints(name, (broken ? "?" : $"10.0.0.{random.Next(1, 4)}", 80)),
            2 => Listener(name, broken ? "?" : "0.0.0.0", random.Next(80, 83), HttpChain(Names[random.Next(Names.Length)])),
            _ => Routes(name, Host("h", broken ? "*.*" : "h", To(Names[random.Next(Names.Length)]))),
        };
        if (broken && message is Pb.Cluster cluster)
        {
            cluster.ClusterType = new() { Name = "x" };
        }

        var key = (TypeOf(message), NameOf(message));
        if (random.Next(5) == 0)
        {
            _resources.Remove(key);
        }
        else
        {
            _resources[key] = message;
        }

        _dirty.Add(key.Item1);
    }

    /// <summary>Replaces what is broken.</summary>
    public void MakeAllSound()
    {
        foreach (var (key, message) in _resources.Where(r => ProblemsOf(r.Value).Count > 0).ToList())
        {
            _resources[key] = message switch
            {
                Pb.Cluster => Eds(key.Name),
                Pb.ClusterLoadAssignment => Endpoints(key.Name, ("10.0.0.1", 80)),
                Pb.Listener => Listener(key.Name, "0.0.0.0", 80, HttpChain("a")),
                _ => Routes(key.Name, Host("h", "h", To("a"))),
            };
        }
    }

    /// <summary>The old stream is lost with everything on it; a new one begins.</summary>
    public void Connect(AdsSession session)
    {
        _toServer.Clear();
        _held.Clear();
        _subscribed.Clear();
        _unanswered.Clear();
        var requests = session.Connected();
        Assert.NotNull(requests[0].Node);
        Assert.All(requests.Skip(1), r => Assert.Null(r.Node));
        foreach (var request in requests)
        {
            _toServer.Enqueue(request);
        }
    }

    /// <summary>Takes the requests that are under way, then sends one response where there is something to say; gives the answer to it.</summary>
    public Pb.DeltaDiscoveryRequest? Exchange(AdsSession session)
    {
        while (_toServer.TryDequeue(out var request))
        {
            Take(request);
        }

        foreach (var type in _subscribed.Keys.Where(_dirty.Contains).OrderBy(TypeUrls.OrderOf))
        {
            _dirty.Remove(type);
            if (Difference(type) is not { } response)
            {
                continue;
            }

            _unanswered.Add(response.Nonce, response);
            var answers = session.Receive(response, Then);
            Assert.Equal(response.Nonce, answers[0].ResponseNonce);
            Assert.All(answers.Skip(1), a => Assert.Empty(a.ResponseNonce));
            foreach (var answer in answers)
            {
                _toServer.Enqueue(answer);
            }

            return answers[0];
        }

        return null;
    }

    /// <summary>Exchanges until nobody has anything to say.</summary>
    public void Settle(AdsSession session)
    {
        for (var round = 0; round < 100; round++)
        {
            _dirty.UnionWith(TypeUrls.PushOrder);
            while (Exchange(session) is not null) { }

            if (_toServer.Count == 0)
            {
                return;
            }
        }

        Assert.Fail("the two do not come to rest");
    }

    public void AssertHeldBy(AdsSession session)
    {
        Assert.Empty(_unanswered);
        Assert.Empty(session.Rejected);
        foreach (var (type, names) in _subscribed)
        {
            var expected = _resources
                .Where(r => r.Key.Type == type && (names.Contains("*") || names.Contains(r.Key.Name)))
                .ToDictionary(r => r.Key.Name, r => VersionOf(r.Value));
            var held = session.Current.Of(type).ToDictionary(e => e.Key, e => e.Value.Version);
            Assert.Equal(expected.OrderBy(e => e.Key), held.OrderBy(e => e.Key));
        }

        var clusters = session.Current.Of(TypeUrls.Cluster).Keys.Order();
        Assert.Equal(clusters, _subscribed.GetValueOrDefault(TypeUrls.Endpoints, []).Order());
    }

    private void Take(Pb.DeltaDiscoveryRequest request)
    {
        var held = _held.TryGetValue(request.TypeUrl, out var known) ? known : _held[request.TypeUrl] = [];
        var names = _subscribed.TryGetValue(request.TypeUrl, out var subscribed) ? subscribed : _subscribed[request.TypeUrl] = [];
        foreach (var (name, version) in request.InitialResourceVersions)
        {
            held[name] = version;
        }

        names.UnionWith(request.ResourceNamesSubscribe);
        names.ExceptWith(request.ResourceNamesUnsubscribe);
        foreach (var name in request.ResourceNamesUnsubscribe)
        {
            held.Remove(name);
        }

        if (request.ResourceNamesSubscribe.Count > 0)
        {
            _dirty.Add(request.TypeUrl);
        }

        if (request.ResponseNonce.Length > 0)
        {
            // Each response is answered exactly once.
            Assert.True(_unanswered.Remove(request.ResponseNonce, out var response));
            if (request.ErrorDetail is null || countsRefused)
            {
                foreach (var resource in response.Resources.Where(r => names.Contains("*") || names.Contains(r.Name)))
                {
                    held[resource.Name] = resource.Version;
                }

                foreach (var name in response.RemovedResources)
                {
                    held.Remove(name);
                }
            }
        }
    }

    private Pb.DeltaDiscoveryResponse? Difference(string type)
    {
        var (names, held) = (_subscribed[type], _held[type]);
        var response = new Pb.DeltaDiscoveryResponse { TypeUrl = type, Nonce = $"{++_nonce}" };
        foreach (var (key, message) in _resources)
        {
            if (
                key.Type == type
                && (names.Contains("*") || names.Contains(key.Name))
                && held.GetValueOrDefault(key.Name) != VersionOf(message)
            )
            {
                response.Resources.Add(
                    new Pb.Resource
                    {
                        Name = key.Name,
                        Version = VersionOf(message),
                        Resource_ = Pack(message),
                    }
                );
            }
        }

        response.RemovedResources.AddRange(held.Keys.Where(n => !_resources.ContainsKey((type, n))));
        return response.Resources.Count + response.RemovedResources.Count > 0 ? response : null;
    }
}
