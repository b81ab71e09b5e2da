using Google.Protobuf;
using Mesh.ControlPlane.Delivery;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Discovery;
using Mesh.Xds;
using static Mesh.Proxy.Tests.Configuration.Wire;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Cli.Tests.Seams;

/// <summary>
/// The two halves of delta xDS against each other, without sockets: the control plane's stream session and the proxy's, under a seeded schedule of
/// changes, resources that the proxy refuses, delays in both directions, and lost streams.
/// </summary>
public sealed class AdsScheduleTests
{
    private static readonly string[] Names = ["a", "b", "c", "d"];

    private readonly Queue<Pb.DeltaDiscoveryRequest> _up = new();
    private readonly Queue<DeltaResponse> _down = new();
    private readonly Dictionary<(string Type, string Name), IMessage> _resources = [];
    private readonly AdsSession _client = new(new Pb.Node { Id = "sidecar~10.0.0.7~a.b~b.svc.cluster.local" }, XdsSet.Empty);
    private StreamSession<Pb.DeltaDiscoveryRequest, DeltaResponse> _server = null!;
    private View _view = new("0", ResourceSet.Empty);
    private int _sent;
    private int _answered;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Whatever_happens_in_between_in_the_end_both_hold_the_same(int seed)
    {
        var random = new Random(seed);
        Connect();
        for (var step = 0; step < 1000; step++)
        {
            switch (random.Next(20))
            {
                case 0 when random.Next(5) == 0:
                    Connect();
                    break;
                case < 5:
                    Change(random);
                    break;
                case < 12:
                    DeliverUp();
                    break;
                default:
                    DeliverDown();
                    break;
            }
        }

        foreach (var (key, message) in _resources.Where(r => ProblemsOf(r.Value).Count > 0).ToList())
        {
            _resources[key] = Sound(key.Type, key.Name);
        }

        Publish(1000);
        for (var round = 0; round < 1000; round++)
        {
            DeliverUp();
            DeliverDown();
        }

        Assert.Empty(_up);
        Assert.Empty(_down);
        Assert.Equal(_sent, _answered);
        Assert.Empty(_client.Rejected);
        foreach (var type in new[] { TypeUrls.Cluster, TypeUrls.Listener })
        {
            Assert.Equal(Expected(type, null), Held(type));
        }

        var clusters = _client.Current.Of(TypeUrls.Cluster).Values.SelectMany(e => e.References).Select(r => r.Name).ToHashSet();
        var routes = _client
            .Current.Of(TypeUrls.Listener)
            .Values.SelectMany(e => e.References)
            .Where(r => r.TypeUrl == TypeUrls.Route)
            .Select(r => r.Name)
            .ToHashSet();
        Assert.Equal(Expected(TypeUrls.Endpoints, clusters), Held(TypeUrls.Endpoints));
        Assert.Equal(Expected(TypeUrls.Route, routes), Held(TypeUrls.Route));
    }

    private void Connect()
    {
        _up.Clear();
        _down.Clear();
        (_sent, _answered) = (0, 0);
        _server = new(DeltaProtocol.Instance, new DiscoveryOptions());
        foreach (var request in _client.Connected())
        {
            _up.Enqueue(request);
        }
    }

    private void Change(Random random)
    {
        var name = Names[random.Next(Names.Length)];
        var broken = random.Next(6) == 0;
        var type = TypeUrls.PushOrder[random.Next(4)];
        var message = type switch
        {
            TypeUrls.Cluster => Eds(name, c => c.AltStatName = $"{random.Next(3)}"),
            TypeUrls.Endpoints => Endpoints(name, (broken ? "?" : $"10.0.0.{random.Next(1, 4)}", 80)),
            TypeUrls.Listener => Listener(name, broken ? "?" : "0.0.0.0", random.Next(80, 83), HttpChain(Names[random.Next(Names.Length)])),
            _ => (IMessage)Routes(name, Host("h", broken ? "*.*" : "h", To(Names[random.Next(Names.Length)]))),
        };
        if (broken && message is Pb.Cluster cluster)
        {
            cluster.ClusterType = new() { Name = "x" };
        }

        if (random.Next(5) == 0)
        {
            _resources.Remove((type, name));
        }
        else
        {
            _resources[(type, name)] = message;
        }

        Publish(random.Next(int.MaxValue));
    }

    private void Publish(int version) =>
        _view = new View($"{version}", ResourceSet.Create(_resources.Select(r => XdsResource.Create(r.Key.Name, r.Value))));

    private void DeliverUp()
    {
        if (_up.TryDequeue(out var request))
        {
            var outcome = _server.OnRequest(request);
            Assert.True(outcome.Kind is RequestKind.Subscribed or RequestKind.Acked or RequestKind.Nacked, outcome.ToString());
            _answered += outcome.Kind is RequestKind.Acked or RequestKind.Nacked ? 1 : 0;
        }

        while (_server.Next(_view) is { } outgoing)
        {
            _sent++;
            _down.Enqueue(outgoing.Response);
        }
    }

    private void DeliverDown()
    {
        if (!_down.TryDequeue(out var response))
        {
            return;
        }

        var before = _client.Current;
        var answers = _client.Receive(Pb.DeltaDiscoveryResponse.Parser.ParseFrom(response.ToSequence()), Then);
        if (answers[0].ErrorDetail is not null)
        {
            Assert.Same(before, _client.Current);
        }

        foreach (var answer in answers)
        {
            _up.Enqueue(answer);
        }
    }

    private static IMessage Sound(string type, string name) =>
        type switch
        {
            TypeUrls.Cluster => Eds(name),
            TypeUrls.Endpoints => Endpoints(name, ("10.0.0.1", 80)),
            TypeUrls.Listener => Listener(name, "0.0.0.0", 80, HttpChain("a")),
            _ => Routes(name, Host("h", "h", To("a"))),
        };

    private IEnumerable<string> Expected(string type, HashSet<string>? names) =>
        _resources
            .Where(r => r.Key.Type == type && (names is null || names.Contains(r.Key.Name)))
            .Select(r => $"{r.Key.Name} {XdsResource.Create(r.Key.Name, r.Value).Version}")
            .Order(StringComparer.Ordinal);

    private IEnumerable<string> Held(string type) =>
        _client.Current.Of(type).Values.Select(e => $"{e.Name} {e.Version}").Order(StringComparer.Ordinal);

    private sealed class View(string version, ResourceSet resources) : IResourceView
    {
        public string Version => version;

        public long ChangedAt => 0;

        public ResourceSet ResourcesFor(NodeInfo node) => resources;
    }
}
