using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>Each test has services of its own: the mirrors count what they get.</summary>
public sealed class T08MirrorTests(ClientMesh mesh) : IClassFixture<ClientMesh>, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Recorder _first = new();
    private readonly Recorder _second = new();
    private readonly string _main = mesh.NextName("main");
    private readonly string _mirrorOne = mesh.NextName("one");
    private readonly string _mirrorTwo = mesh.NextName("two");
    private readonly string _dead = mesh.NextName("dead");
    private readonly string _nowhere = mesh.NextName("nowhere");
    private EchoUpstream _primary = null!;
    private EchoUpstream _one = null!;
    private EchoUpstream _two = null!;

    public static TheoryData<string> Pairs => Protocols.Pairs;

    public async Task InitializeAsync()
    {
        _primary = await EchoUpstream.StartAsync("primary");
        _one = await EchoUpstream.StartAsync("one", _first.Install);
        _two = await EchoUpstream.StartAsync("two", _second.Install);
    }

    public async Task DisposeAsync()
    {
        await _primary.DisposeAsync();
        await _one.DisposeAsync();
        await _two.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T08_Every_mirror_gets_one_copy_and_the_client_the_primarys_answer(string protocol)
    {
        await ApplyAsync(
            $$"""
                - headers: { request: { set: { x-rule: "1" }, remove: [ x-secret ] } }
                  rewrite: { uri: /rewritten/ }
                  mirrors:
                    - destination: { host: {{_mirrorOne}}, port: { number: PORT } }
                    - destination: { host: {{_mirrorTwo}}, port: { number: PORT } }
                      percentage: { value: 100 }
                  route: [ { destination: { host: {{_main}} } } ]
            """,
            protocol
        );
        using var client = new EchoClient(mesh.Client, protocol, _main);
        for (var i = 0; i < 20; i++)
        {
            using var body = new StringContent($"body-{i}");
            using var answer = await client.SendAsync(
                $"/{i}?q={i}",
                HttpMethod.Post,
                content: body,
                headers: [("x-number", $"{i}"), ("x-secret", "s")]
            );
            Assert.Contains("\"primary\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        foreach (var recorder in new[] { _first, _second })
        {
            await recorder.ReachesAsync(20);
            foreach (var copy in recorder.Copies)
            {
                Assert.Equal(("POST", "1", null), (copy.Method, copy.Header("x-rule"), copy.Header("x-secret")));
                Assert.StartsWith($"{_main}-shadow", copy.Host, StringComparison.Ordinal);
                Assert.Equal($"body-{copy.Header("x-number")}", copy.Body);
                Assert.Equal($"/rewritten/{copy.Header("x-number")}?q={copy.Header("x-number")}", copy.Target);
                Assert.Equal("text/plain; charset=utf-8", copy.Header("content-type"));
            }

            Assert.Equal(20, recorder.Copies.Select(copy => copy.Header("x-number")).Distinct().Count());
            Assert.Equal(20, recorder.Copies.Count);
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T08_A_percentage_of_the_requests_is_copied_and_none_of_0(string protocol)
    {
        await ApplyAsync(
            $$"""
                - mirrors:
                    - destination: { host: {{_mirrorOne}}, port: { number: PORT } }
                      percentage: { value: 30 }
                    - destination: { host: {{_mirrorTwo}}, port: { number: PORT } }
                      percentage: { value: 0 }
                  route: [ { destination: { host: {{_main}} } } ]
            """,
            protocol
        );
        using var client = new EchoClient(mesh.Client, protocol, _main);
        for (var i = 0; i < 400; i++)
        {
            Assert.Equal("primary", await client.WhoAsync("/"));
        }

        // 120 and six standard deviations of 9.2.
        await _first.ReachesAsync(65);
        Assert.InRange(await SettledAsync(_first), 65, 175);
        Assert.Empty(_second.Copies);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T08_A_slow_or_dead_mirror_is_never_felt(string protocol)
    {
        _first.Delay = TimeSpan.FromMinutes(1);
        await ApplyAsync(
            $$"""
                - mirrors:
                    - destination: { host: {{_mirrorOne}}, port: { number: PORT } }
                    - destination: { host: {{_dead}}.test, port: { number: 80 } }
                    - destination: { host: {{_nowhere}}.test, port: { number: 80 } }
                  route: [ { destination: { host: {{_main}} } } ]
            """,
            protocol
        );
        using var client = new EchoClient(mesh.Client, protocol, _main);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 400; i++)
        {
            Assert.Equal("primary", await client.WhoAsync("/"));
        }

        // Had any waited for the mirror, this had taken minutes.
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(50), $"took {clock.Elapsed}");
        await CountsAsync("busy", $"{_mirrorOne}.default", 100);
        await CountsAsync("failed", $"{_dead}.test", 400);
        await CountsAsync("no_endpoint", $"{_nowhere}.test", 400);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T08_A_body_that_is_too_large_is_forwarded_and_not_copied(string protocol)
    {
        await ApplyAsync(
            $$"""
                - mirror: { host: {{_mirrorOne}}, port: { number: PORT } }
                  route: [ { destination: { host: {{_main}} } } ]
            """,
            protocol
        );
        using var client = new EchoClient(mesh.Client, protocol, _main);
        using var large = new ByteArrayContent(new byte[3 * 1024 * 1024]);
        using var answer = await client.SendAsync("/large", HttpMethod.Post, content: large);
        Assert.Contains("3145728", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var small = new ByteArrayContent(new byte[1024 * 1024]);
        using var second = await client.SendAsync("/small", HttpMethod.Post, content: small);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        await _first.ReachesAsync(1);
        await CountsAsync("too_large", $"{_mirrorOne}.default", 1);
        Assert.Equal("/small", Assert.Single(_first.Copies).Target);
    }

    private Task ApplyAsync(string rules, string protocol) =>
        mesh.Mesh.ApplyAsync(
            "scenario.yaml",
            string.Join(
                "\n---\n",
                Objects.EchoService(_main, "default", _primary),
                Objects.EchoService(_mirrorOne, "default", _one),
                Objects.EchoService(_mirrorTwo, "default", _two),
                // Nobody listens at its address.
                $$"""
                apiVersion: networking.istio.io/v1
                kind: ServiceEntry
                metadata: { name: {{_dead}}, namespace: default }
                spec:
                  hosts: [ {{_dead}}.test ]
                  ports: [ { number: 80, name: http, protocol: HTTP } ]
                  resolution: STATIC
                  endpoints: [ { address: {{LoopbackSubnet.NextAddress()}} } ]
                """,
                Objects.VirtualService(
                    _main,
                    "default",
                    _main,
                    rules.Replace("PORT", Protocols.PortOf(protocol).ToString(), StringComparison.Ordinal)
                )
            )
        );

    // The metric is written once a copy's fate is known.
    private Task CountsAsync(string result, string cluster, int atLeast) =>
        Wait.UntilAsync(
            $"{atLeast} copies to {cluster} counted as {result}",
            Patience,
            async () =>
                (await mesh.Client.MetricsAsync())
                    .Split('\n')
                    .Where(line =>
                        line.StartsWith("mesh_mirrored_requests_total", StringComparison.Ordinal)
                        && line.Contains(cluster, StringComparison.Ordinal)
                        && line.Contains($"result=\"{result}\"", StringComparison.Ordinal)
                    )
                    .Sum(line => int.Parse(line[(line.LastIndexOf(' ') + 1)..])) >= atLeast,
            CancellationToken.None
        );

    // Copies leave after the requests; all have arrived once every one of them is counted.
    private async Task<int> SettledAsync(Recorder recorder)
    {
        var count = -1;
        await Wait.UntilAsync(
            "the last copy",
            Patience,
            async () =>
            {
                var before = count;
                count = recorder.Copies.Count;
                var answered = (await mesh.Client.MetricsAsync())
                    .Split('\n')
                    .Where(line =>
                        line.Contains("mesh_mirrored_requests_total", StringComparison.Ordinal)
                        && line.Contains($"{_mirrorOne}.default", StringComparison.Ordinal)
                        && line.Contains("answered", StringComparison.Ordinal)
                    )
                    .Sum(line => int.Parse(line[(line.LastIndexOf(' ') + 1)..]));
                return count == before && answered == count;
            },
            CancellationToken.None
        );
        return count;
    }

    /// <summary>What a mirror was sent.</summary>
    private sealed record Copy(string Method, string Target, string Host, string Body, Dictionary<string, string> Headers)
    {
        public string? Header(string name) => Headers.GetValueOrDefault(name);
    }

    /// <summary>Remembers every request in front of an upstream.</summary>
    private sealed class Recorder
    {
        public ConcurrentQueue<Copy> Copies { get; } = new();

        public TimeSpan Delay { get; set; }

        public void Install(WebApplication app) =>
            app.Use(
                async (HttpContext context, RequestDelegate _) =>
                {
                    using var reader = new StreamReader(context.Request.Body);
                    Copies.Enqueue(
                        new Copy(
                            context.Request.Method,
                            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
                            context.Request.Host.Value ?? "",
                            await reader.ReadToEndAsync(context.RequestAborted),
                            context.Request.Headers.ToDictionary(
                                header => header.Key.ToLowerInvariant(),
                                header => header.Value.ToString(),
                                StringComparer.Ordinal
                            )
                        )
                    );
                    if (Delay > TimeSpan.Zero)
                    {
                        await Task.Delay(Delay, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    }

                    await context.Response.WriteAsync("nobody reads this");
                }
            );

        public Task ReachesAsync(int count) =>
            Wait.UntilAsync($"{count} copies", Patience, () => Task.FromResult(Copies.Count >= count), CancellationToken.None);
    }
}
