using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Mesh.Grpc;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Integration.Tests.Hostile;

/// <summary>Garbage in gRPC's clothes for the control plane, while a real sidecar goes on following it.</summary>
public sealed class XdsGarbageTests(HostedMesh mesh) : IClassFixture<HostedMesh>
{
    private const int Seed = 40_404;

    private static readonly string[] Paths = [XdsMethods.StreamAggregatedResourcesPath, XdsMethods.DeltaAggregatedResourcesPath];

    [Fact]
    public async Task Bodies_that_are_no_messages_end_their_own_call_only()
    {
        var random = new Random(Seed);
        await using var steady = new SteadyClient(mesh.Sidecar, "hosted");
        foreach (var path in Paths)
        {
            for (var i = 0; i < 60; i++)
            {
                var bytes = i < 20 ? Garbage.Bytes(random, 1 << (i % 15)) : Http2Frames.LengthPrefixed(MutatedRequest(random, path));
                var status = await CallAsync(path, bytes);
                Assert.True(status is not null, $"call {i} to {path} was not answered");
            }
        }

        await StillFollowsAsync("garbage messages", steady);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json")]
    [InlineData("application/grpc+json")]
    [InlineData("")]
    public async Task Content_types_that_are_not_grpc_are_refused(string type)
    {
        using var client = Client();
        using var content = new ByteArrayContent([1, 2, 3]);
        content.Headers.ContentType = type.Length == 0 ? null : MediaTypeHeaderValue.Parse(type);
        using var request = Post(Paths[0], content);
        using var response = await client.SendAsync(request);
        Assert.True(
            (int)response.StatusCode is >= 400 and < 500 || GrpcStatus(response) is not (null or "0"),
            $"{response.StatusCode} {GrpcStatus(response)}"
        );
        mesh.Mesh.ControlPlane.CheckSound(type);
    }

    [Theory]
    [InlineData("GET", "/")]
    [InlineData("POST", "/")]
    [InlineData("POST", "/envoy.service.discovery.v3.AggregatedDiscoveryService/Nothing")]
    [InlineData("POST", "/a/../../b")]
    [InlineData("DELETE", "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources")]
    public async Task Paths_and_methods_that_are_no_calls_are_refused(string method, string path)
    {
        using var client = Client();
        using var request = new HttpRequestMessage(new HttpMethod(method), $"http://{mesh.Mesh.Ads}{path}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await client.SendAsync(request);
        Assert.True((int)response.StatusCode >= 400 || GrpcStatus(response) is not (null or "0"), $"{response.StatusCode}");
        mesh.Mesh.ControlPlane.CheckSound($"{method} {path}");
    }

    [Fact]
    public async Task A_message_over_the_limit_and_a_length_that_lies_are_refused()
    {
        await using var steady = new SteadyClient(mesh.Sidecar, "hosted");
        foreach (var path in Paths)
        {
            // Five bytes announce 2 GiB; then five megabytes that are really there.
            Assert.NotEqual("0", await CallAsync(path, [0, 0x7F, 0xFF, 0xFF, 0xFF]));
            Assert.NotEqual("0", await CallAsync(path, Http2Frames.LengthPrefixed(new byte[5 * 1024 * 1024])));
            Assert.NotEqual("0", await CallAsync(path, [1, .. Http2Frames.LengthPrefixed([1, 2, 3])[1..]]));
        }

        await StillFollowsAsync("messages over the limit", steady);
    }

    [Fact]
    public async Task A_stream_without_end_ends_at_a_limit_or_with_its_client()
    {
        await using var steady = new SteadyClient(mesh.Sidecar, "hosted");
        using var channel = new GrpcChannel(new Uri($"http://{mesh.Mesh.Ads}"));
        await using var call = channel.OpenDuplex(
            new GrpcMethod<Pb.DiscoveryRequest, Pb.DiscoveryResponse>(Paths[0], Pb.DiscoveryRequest.Parser, Pb.DiscoveryResponse.Parser)
        );
        var end = await Record.ExceptionAsync(async () =>
        {
            // Acknowledgements of nothing, of every type and of none.
            for (var i = 0; i < 5000; i++)
            {
                await call.WriteAsync(
                    new Pb.DiscoveryRequest
                    {
                        TypeUrl = i % 3 == 0 ? TypeUrls.Cluster : $"type.googleapis.com/nobody.{i % 40}",
                        ResponseNonce = $"{i}",
                        VersionInfo = $"{i}",
                    },
                    CancellationToken.None
                );
            }
        });
        Assert.True(end is null or GrpcException, $"{end}");
        await StillFollowsAsync("an endless stream", steady);
    }

    [Fact]
    public async Task Subscriptions_without_measure_are_refused_with_a_reason()
    {
        await using var steady = new SteadyClient(mesh.Sidecar, "hosted");
        using var channel = new GrpcChannel(new Uri($"http://{mesh.Mesh.Ads}"));
        await using var call = channel.OpenDuplex(
            new GrpcMethod<Pb.DeltaDiscoveryRequest, Pb.DeltaDiscoveryResponse>(
                Paths[1],
                Pb.DeltaDiscoveryRequest.Parser,
                Pb.DeltaDiscoveryResponse.Parser
            )
        );
        var refusal = await Record.ExceptionAsync(async () =>
        {
            for (var i = 0; i < 30; i++)
            {
                var request = new Pb.DeltaDiscoveryRequest { TypeUrl = TypeUrls.Endpoints, Node = Node("greedy") };
                request.ResourceNamesSubscribe.Add(Enumerable.Range(0, 1000).Select(n => $"outbound|80||nobody-{i}-{n}.test"));
                await call.WriteAsync(request, CancellationToken.None);
            }

            while (await call.MoveNextAsync(CancellationToken.None)) { }
        });
        var grpc = Assert.IsType<GrpcException>(refusal);
        Assert.Equal(GrpcStatusCode.ResourceExhausted, grpc.Status.Code);
        await StillFollowsAsync("greedy subscriptions", steady);
    }

    [Fact]
    public async Task Names_of_any_size_and_kind_name_nothing()
    {
        string[] names =
        [
            "",
            "*",
            "**",
            new string('n', 1_000_000),
            "outbound|80||",
            "outbound|99999|x|y",
            "a\nb",
            "\u0000",
            "xdstp://x/y",
            "localhost:0",
            ":80",
            "[::1]:80",
        ];
        await using var steady = new SteadyClient(mesh.Sidecar, "hosted");
        foreach (var path in Paths)
        {
            foreach (var type in TypeUrls.PushOrder)
            {
                IMessage request =
                    path == Paths[0]
                        ? new Pb.DiscoveryRequest
                        {
                            TypeUrl = type,
                            Node = Node("odd-names"),
                            ResourceNames = { names },
                        }
                        : new Pb.DeltaDiscoveryRequest
                        {
                            TypeUrl = type,
                            Node = Node("odd-names"),
                            ResourceNamesSubscribe = { names },
                        };
                Assert.NotNull(await CallAsync(path, Http2Frames.LengthPrefixed(request.ToByteArray())));
            }
        }

        await StillFollowsAsync("odd names", steady);
    }

    [Fact]
    public async Task Nodes_that_lie_about_themselves_get_no_more_than_an_answer()
    {
        string[] ids =
        [
            "",
            "~~~",
            "sidecar~x~y~z",
            "sidecar~1.2.3.4~a.b~c",
            new string('~', 10_000),
            "router~::1~..~",
            "sidecar~127.0.0.1~\n~\0",
        ];
        await using var steady = new SteadyClient(mesh.Sidecar, "hosted");
        foreach (var id in ids)
        {
            var request = new Pb.DiscoveryRequest
            {
                TypeUrl = TypeUrls.Listener,
                Node = new()
                {
                    Id = id,
                    Cluster = id,
                    UserAgentName = id,
                },
            };
            Assert.NotNull(await CallAsync(Paths[0], Http2Frames.LengthPrefixed(request.ToByteArray())));
        }

        await StillFollowsAsync("odd nodes", steady);
    }

    private static Pb.Node Node(string name) => new() { Id = $"sidecar~10.9.9.9~{name}.default~default.svc.cluster.local" };

    private static byte[] MutatedRequest(Random random, string path)
    {
        IMessage request =
            path == Paths[0]
                ? new Pb.DiscoveryRequest
                {
                    TypeUrl = TypeUrls.Cluster,
                    Node = Node("mutant"),
                    ResourceNames = { "a", "b" },
                    ResponseNonce = "1",
                }
                : new Pb.DeltaDiscoveryRequest
                {
                    TypeUrl = TypeUrls.Cluster,
                    Node = Node("mutant"),
                    ResourceNamesSubscribe = { "*" },
                };
        return Garbage.Mutate(random, request.ToByteArray());
    }

    private static string? GrpcStatus(HttpResponseMessage response) =>
        response.Headers.TryGetValues("grpc-status", out var first) ? first.First()
        : response.TrailingHeaders.TryGetValues("grpc-status", out var last) ? last.First()
        : null;

    private static HttpClient Client() => new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(60) };

    private HttpRequestMessage Post(string path, HttpContent content) =>
        new(HttpMethod.Post, $"http://{mesh.Mesh.Ads}{path}")
        {
            Content = content,
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

    /// <summary>The gRPC status of a call with this body and no more; "reset" where the stream was cut, null where nothing says anything.</summary>
    private async Task<string?> CallAsync(string path, byte[] body)
    {
        using var client = Client();
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var request = Post(path, content);
        try
        {
            using var response = await client.SendAsync(request);
            return GrpcStatus(response) ?? (response.IsSuccessStatusCode ? null : $"http {(int)response.StatusCode}");
        }
        catch (HttpRequestException)
        {
            return "reset";
        }
    }

    private async Task StillFollowsAsync(string after, SteadyClient steady)
    {
        await mesh.Mesh.ApplyAsync("after-garbage.yaml", "");
        await steady.CheckAsync();
        mesh.Mesh.ControlPlane.CheckSound(after);
        mesh.Sidecar.Process.CheckSound(after);
    }
}
