using Mesh.ControlPlane.Delivery;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Tests.Delivery;

/// <summary>Both ends of a stream against each other under random schedules of changes, deliveries, refusals and reconnects.</summary>
public sealed class ScheduleTests
{
    private const int Schedules = 300;

    [Fact]
    public void State_of_the_world_loses_nothing_under_any_schedule()
    {
        for (var seed = 0; seed < Schedules; seed++)
        {
            var random = new Random(seed);
            new Run<Pb.DiscoveryRequest, SotwResponse>(random, SotwProtocol.Instance, new SotwModelClient(random), $"seed {seed}").Play();
        }
    }

    [Fact]
    public void Delta_loses_nothing_under_any_schedule()
    {
        for (var seed = 0; seed < Schedules; seed++)
        {
            new Run<Pb.DeltaDiscoveryRequest, DeltaResponse>(
                new Random(seed),
                DeltaProtocol.Instance,
                new DeltaModelClient(),
                $"seed {seed}"
            ).Play();
        }
    }

    private sealed class Run<TRequest, TResponse>(
        Random random,
        IStreamProtocol<TRequest, TResponse> protocol,
        ModelClient<TRequest, TResponse> client,
        string name
    )
        where TResponse : class
    {
        private readonly MeshModel mesh = new(random);

        // A third of the schedules refuse nothing, a third refuse what refers, a third refuse anything.
        private readonly int refusals = random.Next(3);
        private readonly Queue<TResponse> toClient = new();
        private readonly Dictionary<string, RequestKind> answers = [];
        private StreamSession<TRequest, TResponse> session = null!;
        private ClientStatus status = null!;
        private StaticView view = null!;
        private bool reconnected;

        public void Play()
        {
            view = mesh.View();
            Connect();
            reconnected = false;
            for (var step = random.Next(50, 400); step > 0; step--)
            {
                Step();
            }
            view = mesh.ChangeAll();
            Settle();
            Compare();
        }

        private void Step()
        {
            switch (random.Next(20))
            {
                case 0:
                    view = mesh.Mutate();
                    break;
                case 1 when random.Next(10) == 0:
                    Connect();
                    break;
                case < 8:
                    ServerReads();
                    break;
                case < 14:
                    ServerWrites();
                    break;
                default:
                    ClientReads(mayRefuse: true);
                    break;
            }
        }

        private void Connect()
        {
            session = new(protocol, new DiscoveryOptions());
            status = new ClientStatus(1, "peer", protocol.Name, TimeProvider.System);
            toClient.Clear();
            answers.Clear();
            client.Connect();
            reconnected = true;
        }

        private void ServerReads()
        {
            if (client.ToServer.First is not { } first)
            {
                return;
            }
            client.ToServer.RemoveFirst();
            var outcome = session.OnRequest(first.Value);
            var before = status.Types.FirstOrDefault(t => t.TypeUrl == outcome.TypeUrl)?.AckedVersion;
            if (outcome.Kind is RequestKind.Acked or RequestKind.Nacked)
            {
                Assert.True(answers.TryAdd(outcome.Nonce, outcome.Kind), $"{name}: nonce {outcome.Nonce} was answered twice");
            }
            if (outcome.Kind == RequestKind.Acked)
            {
                status.OnAcked(outcome.TypeUrl, outcome.Nonce);
            }
            if (outcome.Kind == RequestKind.Nacked)
            {
                status.OnNacked(outcome.TypeUrl, outcome.Nonce, outcome.Error);
                Assert.Equal(before ?? "", status.Types.Single(t => t.TypeUrl == outcome.TypeUrl).AckedVersion);
            }
        }

        private bool ServerWrites()
        {
            if (session.Next(view) is not { } outgoing)
            {
                return false;
            }
            status.OnSent(outgoing);
            toClient.Enqueue(outgoing.Response);
            return true;
        }

        private void ClientReads(bool mayRefuse)
        {
            if (!toClient.TryDequeue(out var response))
            {
                return;
            }
            var type = client.TypeOf(response);
            var refusable = refusals == 2 || (refusals == 1 && type is TypeUrls.Listener or TypeUrls.Route);
            client.Receive(response, mayRefuse && refusals > 0 && refusable && random.Next(4) == 0);
            // A new state-of-the-world stream cannot know what the old one still owed.
            if (refusals < 2 && !reconnected)
            {
                Assert.True(!client.DanglingReferences().Any(), $"{name}: no cluster {string.Join(", ", client.DanglingReferences())}");
            }
        }

        private void Settle()
        {
            for (var turn = 0; turn < 10_000; turn++)
            {
                ServerReads();
                var wrote = ServerWrites();
                ClientReads(mayRefuse: false);
                if (!wrote && client.ToServer.Count == 0 && toClient.Count == 0)
                {
                    return;
                }
            }
            Assert.Fail($"{name}: the stream never falls silent");
        }

        private void Compare()
        {
            var all = view.ResourcesFor(session.Node!);
            foreach (var type in ModelClient<TRequest, TResponse>.Types)
            {
                var expected = all.Of(type).All.Select(r => $"{r}").ToList();
                var held = client.Held[type].Values.Select(r => $"{r}").ToList();
                Assert.True(
                    expected.SequenceEqual(held),
                    $"{name} {TypeUrls.ShortName(type)}: {string.Join(' ', expected)} but {string.Join(' ', held)}"
                );
            }
            Assert.True(client.Warming.Count == 0, $"{name}: still warming {string.Join(", ", client.Warming)}");
            Assert.All(status.Types.Where(t => all.Of(t.TypeUrl).Count > 0), t => Assert.Equal("SYNCED", t.State));
            Assert.Empty(client.DanglingReferences());
        }
    }
}
