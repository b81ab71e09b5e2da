using Google.Protobuf;
using Mesh.ControlPlane.Delivery;
using Mesh.Xds;
using static Mesh.ControlPlane.Tests.Delivery.StaticView;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Tests.Delivery;

/// <summary>Requests without any sense: a session answers or refuses, and never throws nor answers for ever.</summary>
public sealed class SessionFuzzTests
{
    private static readonly string[] Words = ["", "*", "a", "b", "nowhere", "1", "2", "3", "\0", new string('x', 5000)];

    [Fact]
    public void Senseless_sotw_requests_do_no_harm() =>
        Play(
            SotwProtocol.Instance,
            random =>
            {
                var request = new Pb.DiscoveryRequest
                {
                    TypeUrl = Type(random),
                    ResponseNonce = Word(random),
                    VersionInfo = Word(random),
                    ErrorDetail = random.Next(3) == 0 ? new Pb.Status() : null,
                    Node = random.Next(2) == 0 ? new Pb.Node { Id = Word(random) } : null,
                };
                request.ResourceNames.AddRange(Names(random));
                return request;
            }
        );

    [Fact]
    public void Senseless_delta_requests_do_no_harm() =>
        Play(
            DeltaProtocol.Instance,
            random =>
            {
                var request = new Pb.DeltaDiscoveryRequest
                {
                    TypeUrl = Type(random),
                    ResponseNonce = Word(random),
                    ErrorDetail = random.Next(3) == 0 ? new Pb.Status() : null,
                };
                request.ResourceNamesSubscribe.AddRange(Names(random));
                request.ResourceNamesUnsubscribe.AddRange(Names(random));
                request.InitialResourceVersions.Add(Names(random).Distinct().ToDictionary(n => n, n => n));
                return request;
            }
        );

    private static void Play<TRequest, TResponse>(IStreamProtocol<TRequest, TResponse> protocol, Func<Random, TRequest> request)
        where TRequest : IMessage
        where TResponse : class
    {
        var random = new Random(11);
        StaticView[] views =
        [
            new("1", Cluster("a"), Endpoints("a"), Listener("a"), Route("a", "a")),
            new("2", Cluster("a", "x"), Cluster("b"), Endpoints("b"), Route("b", "b")),
            new("3"),
        ];
        for (var round = 0; round < 200; round++)
        {
            var session = new StreamSession<TRequest, TResponse>(protocol, new DiscoveryOptions());
            for (var step = 0; step < 50; step++)
            {
                session.OnRequest(request(random));
                var view = views[random.Next(views.Length)];
                var responses = 0;
                while (session.Next(view) is { } outgoing)
                {
                    Assert.True(++responses < 20, "one state is answered without end");
                    var names = protocol.ResourcesOf(outgoing.Response).Select(r => r.Name).ToList();
                    Assert.Equal(names.Count, names.Distinct().Count());
                    Assert.False(protocol.ToSequence(outgoing.Response).IsEmpty);
                }
            }
        }
    }

    private static string Word(Random random) => Words[random.Next(Words.Length)];

    private static string Type(Random random) =>
        random.Next(8) switch
        {
            0 => Word(random),
            var i => TypeUrls.PushOrder[i % 5],
        };

    private static List<string> Names(Random random) => [.. Enumerable.Range(0, random.Next(4)).Select(_ => Word(random))];
}
