using System.Net;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;
using Mesh.Xds;
using static Mesh.Integration.Tests.Hostile.HostileResources;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Integration.Tests.Hostile;

/// <summary>A real sidecar process with a control plane that says anything: it refuses by name, keeps the last good, and keeps serving.</summary>
public sealed class HostileControlPlaneTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mesh-test-").FullName;
    private EchoUpstream _upstream = null!;
    private FakeControlPlane _controlPlane = null!;
    private Sidecar _sidecar = null!;

    // Each is refused with its resource's name; the values name what the reason must mention.
    private static Dictionary<string, (IMessage Resource, string Mentions)> Bad { get; } =
        new(StringComparer.Ordinal)
        {
            ["a negative connect timeout"] = (Cluster(Good, c => c.ConnectTimeout = new Duration { Seconds = -5 }), Good),
            ["a connect timeout of zero"] = (Cluster(Good, c => c.ConnectTimeout = new Duration()), Good),
            ["a duration beyond its range"] = (Cluster(Good, c => c.ConnectTimeout = new Duration { Seconds = long.MaxValue }), Good),
            ["nanoseconds beyond their range"] = (Cluster(Good, c => c.ConnectTimeout = new Duration { Nanos = int.MinValue }), Good),
            ["a cluster type nobody knows"] = (Cluster(Good, c => c.Type = (Pb.Cluster.Types.DiscoveryType)99), Good),
            ["an endpoint that is a name"] = (Endpoints(Good, "not-an-address", 80), Good),
            ["an endpoint without address"] = (Endpoints(Good, "1.2.3.4", 80, e => e.Endpoint = null), Good),
            ["an endpoint port over 65535"] = (Endpoints(Good, "1.2.3.4", 99_999), Good),
            ["an endpoint that weighs nothing"] = (Endpoints(Good, "1.2.3.4", 80, e => e.LoadBalancingWeight = 0), Good),
            ["a filter nobody knows"] = (
                Listener(spoil: m => m.HttpFilters[0].TypedConfig = new Any { TypeUrl = "type.googleapis.com/evil.Filter" }),
                "0.0.0.0_80"
            ),
            ["a listener without routes"] = (Listener(spoil: m => m.Rds = null), "0.0.0.0_80"),
            ["a negative route timeout"] = (Routes(To(Good, r => r.Route_.Timeout = new Duration { Seconds = -1 })), Table),
            ["a route without match"] = (Routes(To(Good, r => r.Match = null)), Table),
            ["a route without action"] = (Routes(To(Good, r => r.ClearAction())), Table),
            ["weights of nothing"] = (Routes(To(Good, r => r.Route_.WeightedClusters = new())), Table),
            ["weights over 2^32"] = (Routes(To(Good, r => r.Route_.WeightedClusters = Heavy())), Table),
            ["an expression with look-around"] = (RoutesWith("/", r => r.Match = new() { SafeRegex = Regex("/(?=a)") }), Table),
            ["an expression that is none"] = (RoutesWith("/", r => r.Match = new() { SafeRegex = Regex("/(((") }), Table),
            ["an expression of a billion states"] = (
                RoutesWith("/", r => r.Match = new() { SafeRegex = Regex("/((((a{1,100}){1,100}){1,100}){1,100})") }),
                Table
            ),
            ["a domain claimed twice"] = (Routes(h => h.Domains.Add("good"), To(Good)), Table),
            ["a domain with two stars"] = (Routes(h => h.Domains.Add("*x*"), To(Good)), Table),
            ["a request header that splits"] = (WithRequestHeader("x-a", "1\r\nx-b: 2"), Table),
            ["a response header that splits"] = (WithResponseHeader("x-a", "1\r\nx-b: 2"), Table),
            ["a header name that is none"] = (WithRequestHeader("x a:", "1"), Table),
            ["an answer of status 99"] = (RoutesWith("/", r => r.DirectResponse = new() { Status = 99 }), Table),
            ["an answer out of a file"] = (
                RoutesWith(
                    "/",
                    r =>
                        r.DirectResponse = new()
                        {
                            Status = 200,
                            Body = new() { Filename = "/etc/passwd" },
                        }
                ),
                Table
            ),
            ["a rewrite that splits the request"] = (
                RoutesWith("/", r => r.Route_.PrefixRewrite = "/ HTTP/1.1\r\nx-split: 1\r\n\r\nGET /"),
                Table
            ),
            ["a rewrite with a space"] = (RoutesWith("/", r => r.Route_.PrefixRewrite = "/a b"), Table),
            ["an authority that splits the request"] = (RoutesWith("/", r => r.Route_.HostRewriteLiteral = "a\r\nx-split: 1"), Table),
            ["a substitution that splits the request"] = (
                RoutesWith("/", r => r.Route_.RegexRewrite = new() { Pattern = Regex("/.*"), Substitution = "/\r\nx-split: 1" }),
                Table
            ),
            ["a redirect that splits the response"] = (
                RoutesWith("/", r => r.Redirect = new() { PathRedirect = "/\r\nx-split: 1" }),
                Table
            ),
            ["a redirect to a host that splits"] = (RoutesWith("/", r => r.Redirect = new() { HostRedirect = "a\r\nx-split: 1" }), Table),
        };

    public async Task InitializeAsync()
    {
        _upstream = await EchoUpstream.StartAsync("good");
        _controlPlane = await FakeControlPlane.StartAsync(Sound(_upstream.Address, EchoUpstream.Http1Port));
        _sidecar = StartSidecar(_controlPlane.Address, _directory);
        await ServesAsync();
    }

    public async Task DisposeAsync()
    {
        await _sidecar.DisposeAsync();
        await _controlPlane.DisposeAsync();
        await _upstream.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Each_unsound_resource_is_refused_by_name_and_the_last_good_one_serves()
    {
        var accepted = new List<string>();
        foreach (var (what, (resource, mentions)) in Bad)
        {
            var reason = await _controlPlane.SendAsync(resource);
            if (reason is null || !reason.Contains(mentions, StringComparison.Ordinal))
            {
                accepted.Add($"{what}: {reason ?? "accepted"}");
                // So that the next one meets a sound state again.
                await RestoreAsync();
            }

            Assert.Equal("good", await WhoAsync());
        }

        Assert.True(accepted.Count == 0, string.Join('\n', accepted));
        await StillFollowsAsync("unsound resources");
    }

    [Fact]
    public async Task Contradictory_responses_are_refused_or_harmless()
    {
        var twice = FakeControlPlane.Response(Cluster(Good), Cluster(Good, c => c.ConnectTimeout = new Duration { Seconds = 1 }));
        Assert.Contains(Good, await _controlPlane.SendAsync(twice), StringComparison.Ordinal);
        Assert.Contains(
            "\nmesh_proxy_rejected_resources 1\n",
            await Wait.TextAsync($"http://{_sidecar.Address}:15090/stats/prometheus", CancellationToken.None),
            StringComparison.Ordinal
        );

        var misnamed = FakeControlPlane.Response(Cluster(Good));
        misnamed.Resources[0].Name = "somebody-else";
        Assert.Contains("somebody-else", await _controlPlane.SendAsync(misnamed), StringComparison.Ordinal);

        var nameless = FakeControlPlane.Response(Cluster(Good));
        nameless.Resources[0].Name = "";
        Assert.NotNull(await _controlPlane.SendAsync(nameless));

        var mistyped = FakeControlPlane.Response(Cluster(Good));
        mistyped.Resources[0].Resource_.TypeUrl = TypeUrls.Listener;
        mistyped.Resources[0].Version = "mistyped";
        Assert.Contains(Good, await _controlPlane.SendAsync(mistyped), StringComparison.Ordinal);

        var unasked = FakeControlPlane.Response(Cluster(Good));
        unasked.TypeUrl = TypeUrls.Secret;
        Assert.NotNull(await _controlPlane.SendAsync(unasked));

        var nothing = new Pb.DeltaDiscoveryResponse { TypeUrl = TypeUrls.Route, RemovedResources = { "nobody", "", "*" } };
        Assert.Null(await _controlPlane.SendAsync(nothing));

        Assert.Equal("good", await WhoAsync());
        await StillFollowsAsync("contradictions");
    }

    [Fact]
    public async Task Mutated_resources_are_refused_or_taken_and_never_fatal()
    {
        var random = new Random(5150);
        var originals = Sound(_upstream.Address, EchoUpstream.Http1Port);
        for (var i = 0; i < 300; i++)
        {
            var response = FakeControlPlane.Response(originals[i % originals.Length]);
            var resource = response.Resources[0];
            resource.Version = $"mutant-{i}";
            resource.Resource_.Value = ByteString.CopyFrom(Garbage.Mutate(random, resource.Resource_.Value.Span));
            await _controlPlane.SendAsync(response);
            Assert.NotNull(await Wait.TextAsync($"http://{_sidecar.Admin}/config_dump", CancellationToken.None));
        }

        _sidecar.Process.CheckSound("mutants");
        await RestoreAsync();
        await ServesAsync();
        await StillFollowsAsync("mutants");
    }

    [Fact]
    public async Task What_is_missing_fails_alone()
    {
        Assert.Null(await _controlPlane.SendAsync(RoutesWith("/missing", r => r.Route_.Cluster = "outbound|80||nobody.test")));
        await AnswersAsync("/missing", HttpStatusCode.ServiceUnavailable);
        Assert.Equal("good", await WhoAsync());
        await StillFollowsAsync("dangling references");
    }

    [Fact]
    public async Task Costly_expressions_cost_their_own_request_little()
    {
        Assert.Null(await _controlPlane.SendAsync(RoutesWith("/", r => r.Match = new() { SafeRegex = Regex("/(a+)+(a|aa)*(.*a){20}!") })));
        using var client = new EchoClient(_sidecar, Protocols.Http1);
        using var response = await client.SendAsync($"/{new string('a', 7_000)}", host: "good");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await StillFollowsAsync("costly expressions");
    }

    [Fact]
    public async Task Huge_responses_are_taken()
    {
        var clusters = Enumerable.Range(0, 5000).Select(i => (IMessage)Cluster($"outbound|80||many-{i}.test")).ToArray();
        Assert.Null(await _controlPlane.SendAsync(clusters));
        Assert.Null(
            await _controlPlane.SendAsync(Routes(h => h.Domains.AddRange(Enumerable.Range(0, 20_000).Select(i => $"h{i}.test")), To(Good)))
        );
        Assert.Equal("good", await WhoAsync());
        var names = new Pb.DeltaDiscoveryResponse { TypeUrl = TypeUrls.Cluster };
        names.RemovedResources.Add(clusters.Select(c => ((Pb.Cluster)c).Name));
        Assert.Null(await _controlPlane.SendAsync(names));
        await StillFollowsAsync("huge responses");
    }

    [Fact]
    public async Task Many_refusals_fit_into_one_reason()
    {
        var bad = Enumerable
            .Range(0, 5000)
            .Select(i => (IMessage)Cluster($"outbound|80||bad-{i}.test", c => c.ConnectTimeout = new Duration { Seconds = -1 }))
            .ToArray();
        var reason = await _controlPlane.SendAsync(bad);
        Assert.Contains("outbound|80||bad-0.test", reason, StringComparison.Ordinal);
        Assert.InRange(reason!.Length, 1, 64 * 1024);
        Assert.Equal("good", await WhoAsync());
        await StillFollowsAsync("many refusals");
    }

    [Fact]
    public async Task An_optional_filter_that_is_garbage_does_not_break_the_admin_page()
    {
        await _controlPlane.SendAsync(
            Listener(spoil: m =>
                m.HttpFilters.Insert(
                    0,
                    new Pb.HttpFilter
                    {
                        Name = "odd",
                        IsOptional = true,
                        TypedConfig = new Any { TypeUrl = TypeUrls.Route, Value = ByteString.CopyFrom([0xFF, 0xFF, 0xFF]) },
                    }
                )
            )
        );
        Assert.NotNull(await Wait.TextAsync($"http://{_sidecar.Admin}/config_dump", CancellationToken.None));
        await StillFollowsAsync("an optional filter");
    }

    [Fact]
    public async Task Answers_that_are_no_grpc_are_retried_until_they_are()
    {
        var random = new Random(99);
        foreach (
            var bytes in new[]
            {
                [],
                Garbage.Bytes(random, 1000),
                new byte[] { 0, 0x7F, 0xFF, 0xFF, 0xFF },
                Http2Frames.LengthPrefixed(Garbage.Bytes(random, 500)),
            }
        )
        {
            var before = _controlPlane.RawAnswers;
            _controlPlane.AnswerRaw(bytes);
            // What the stream under way cannot take ends it; the next ones get bytes that are no protocol.
            await _controlPlane.DropStreamsAsync();
            await Wait.UntilAsync(
                "a call that gets garbage",
                TimeSpan.FromSeconds(60),
                () => Task.FromResult(_controlPlane.RawAnswers > before),
                CancellationToken.None
            );
            Assert.Equal("good", await WhoAsync());
        }

        _controlPlane.AnswerRaw(null);
        await StillFollowsAsync("bytes that are no gRPC");
    }

    private static Sidecar StartSidecar(string ads, string directory)
    {
        var sidecar = new Sidecar("client-1", "default", LoopbackSubnet.NextAddress(), directory);
        sidecar.Start(["--ads", ads], []);
        return sidecar;
    }

    private static Pb.WeightedCluster Heavy() =>
        new()
        {
            Clusters =
            {
                new Pb.WeightedCluster.Types.ClusterWeight { Name = Good, Weight = uint.MaxValue },
                new Pb.WeightedCluster.Types.ClusterWeight { Name = Good, Weight = uint.MaxValue },
            },
        };

    private async Task RestoreAsync()
    {
        foreach (var resource in Sound(_upstream.Address, EchoUpstream.Http1Port))
        {
            Assert.Null(await _controlPlane.SendAsync(resource));
        }
    }

    // A change that shows: without it, "keeps serving" could mean "stopped listening".
    private async Task StillFollowsAsync(string after)
    {
        await RestoreAsync();
        foreach (var status in new uint[] { 201, 202 })
        {
            Assert.Null(await _controlPlane.SendAsync(RoutesWith("/follows", r => r.DirectResponse = new() { Status = status })));
            await AnswersAsync("/follows", (HttpStatusCode)status);
        }

        Assert.Equal("good", await WhoAsync());
        _sidecar.Process.CheckSound(after);
    }

    private async Task<string> WhoAsync()
    {
        using var client = new EchoClient(_sidecar, Protocols.Http1);
        using var response = await client.SendAsync("/", host: "good");
        var text = await response.Content.ReadAsStringAsync();
        return text.Contains("\"good\"", StringComparison.Ordinal) ? "good" : $"{(int)response.StatusCode} {text}";
    }

    private Task ServesAsync() =>
        Wait.UntilAsync(
            "the sidecar serves",
            TimeSpan.FromSeconds(60),
            async () =>
            {
                try
                {
                    return await WhoAsync() == "good";
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            CancellationToken.None
        );

    private async Task AnswersAsync(string path, HttpStatusCode status)
    {
        using var client = new EchoClient(_sidecar, Protocols.Http1);
        await Wait.UntilAsync(
            $"{path} answers {status}",
            TimeSpan.FromSeconds(60),
            async () =>
            {
                using var response = await client.SendAsync(path, host: "good");
                return response.StatusCode == status;
            },
            CancellationToken.None
        );
    }
}
