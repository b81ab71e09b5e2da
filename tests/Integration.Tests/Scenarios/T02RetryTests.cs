using System.Net;
using System.Text.Json;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Scenarios;

public sealed class T02RetryTests(ScriptedMesh mesh) : IClassFixture<ScriptedMesh>
{
    private const int Http1Port = 80;
    private const int Http2Port = 81;

    /// <summary>The client's version and the port, which decides the upstream's.</summary>
    public static TheoryData<string, int> Pairs =>
        new()
        {
            { "1.1", Http1Port },
            { "1.1", Http2Port },
            { "2.0", Http1Port },
            { "2.0", Http2Port },
        };

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T02_A_5xx_is_tried_again_with_its_body_at_another_endpoint_first(string from, int port)
    {
        await mesh.ApplyAsync("retries: { attempts: 3, retryOn: 5xx }");

        for (var i = 0; i < 10; i++)
        {
            var outcome = await SendAsync(from, port, "503,500,ok", new ByteArrayContent(new byte[3000]));
            Assert.Equal(HttpStatusCode.OK, outcome.Status);
            Assert.Equal(3000, JsonDocument.Parse(outcome.Body).RootElement.GetProperty("bodyLength").GetInt32());
            Assert.Equal(["v1", "v2", "v3"], outcome.Attempts.Order());
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T02_After_the_last_try_its_answer_is_delivered_with_flag_URX(string from, int port)
    {
        await mesh.ApplyAsync("retries: { attempts: 2, retryOn: gateway-error }");

        var outcome = await SendAsync(from, port, "502,503,504,ok");

        Assert.Equal((HttpStatusCode.GatewayTimeout, "attempt 3", 3), (outcome.Status, outcome.Body, outcome.Attempts.Count));
        Assert.Contains(" 504 URX via_upstream ", await LogOf(outcome), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T02_Listed_codes_are_tried_again_and_no_others(string from, int port)
    {
        await mesh.ApplyAsync("retries: { attempts: 2, retryOn: \"418,503\" }");

        Assert.Equal((HttpStatusCode.OK, 2), Counted(await SendAsync(from, port, "418,ok")));
        Assert.Equal((HttpStatusCode.OK, 3), Counted(await SendAsync(from, port, "503,418,ok")));
        Assert.Equal((HttpStatusCode.InternalServerError, 1), Counted(await SendAsync(from, port, "500,ok")));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T02_A_4xx_is_never_tried_again_but_409_where_asked(string from, int port)
    {
        await mesh.ApplyAsync("retries: { attempts: 2, retryOn: \"5xx,gateway-error,reset,retriable-4xx\" }");

        foreach (var status in new[] { 400, 401, 403, 404, 408, 429 })
        {
            Assert.Equal(((HttpStatusCode)status, 1), Counted(await SendAsync(from, port, $"{status},ok")));
        }

        Assert.Equal((HttpStatusCode.OK, 2), Counted(await SendAsync(from, port, "409,ok")));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T02_A_reset_is_tried_again_where_asked(string from, int port)
    {
        await mesh.ApplyAsync("retries: { attempts: 2, retryOn: reset }");

        Assert.Equal((HttpStatusCode.OK, 2), Counted(await SendAsync(from, port, "abort,ok", new StringContent("again"))));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T02_By_default_a_POST_that_left_is_never_sent_twice(string from, int port)
    {
        await mesh.ApplyAsync(null);

        var outcome = await SendAsync(from, port, "abort,ok", new StringContent("pay"));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, 1), Counted(outcome));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, 1), Counted(await SendAsync(from, port, "503,ok", new StringContent("pay"))));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T02_By_default_a_dead_endpoint_is_not_noticed(string from, int port)
    {
        await mesh.ApplyAsync(null);
        await using var half = await ScriptedService.StartAsync($"half-{from.Replace('.', '-')}-{port}");
        await half.Pods[1].DisposeAsync();
        await mesh.Mesh.ApplyAsync($"{half.Name}.yaml", half.Yaml);

        for (var i = 0; i < 30; i++)
        {
            var outcome = await half.SendAsync(mesh.Client, Version.Parse(from), port, "ok", new StringContent("safe"));
            Assert.Equal((HttpStatusCode.OK, 1), Counted(outcome));
        }

        mesh.Mesh.Delete($"{half.Name}.yaml");
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T02_Attempts_0_sends_once(string from, int port)
    {
        await mesh.ApplyAsync("retries: { attempts: 0 }");

        var outcome = await SendAsync(from, port, "503,ok");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, 1), Counted(outcome));
        Assert.Contains(" 503 - via_upstream ", await LogOf(outcome), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T02_A_body_beyond_64_KiB_is_sent_once(string from, int port)
    {
        await mesh.ApplyAsync("retries: { attempts: 2, retryOn: 5xx }");

        Assert.Equal((HttpStatusCode.OK, 2), Counted(await SendAsync(from, port, "503,ok", new ByteArrayContent(new byte[64 * 1024]))));
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, 1),
            Counted(await SendAsync(from, port, "503,ok", new ByteArrayContent(new byte[(64 * 1024) + 1])))
        );
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T02_A_dead_service_gets_at_most_a_fifth_more_and_three(string from, int port)
    {
        await mesh.ApplyAsync(null);
        await using var dead = await ScriptedService.StartAsync($"dead-{from.Replace('.', '-')}-{port}");
        await mesh.Mesh.ApplyAsync(
            $"{dead.Name}.yaml",
            $"""
            {Objects.EchoService(dead.Name, "default", [.. dead.Pods])}
            ---
            {Objects.VirtualService(
                dead.Name,
                "default",
                dead.Name,
                $"    - route: [ {{ destination: {{ host: {dead.Name} }} }} ]\n      retries: {{ attempts: 5, retryOn: 5xx }}\n"
            )}
            """
        );
        const int Requests = 200;

        var outcomes = await Task.WhenAll(
            Enumerable.Range(0, Requests).Select(_ => dead.SendAsync(mesh.Client, Version.Parse(from), port, "503"))
        );

        Assert.All(outcomes, outcome => Assert.Equal(HttpStatusCode.ServiceUnavailable, outcome.Status));
        // Three more for each interval that a slow machine takes for it.
        Assert.InRange(outcomes.Sum(outcome => outcome.Attempts.Count) - Requests, 1, (Requests / 5) + 3);
        Assert.Contains(
            " 503 UO via_upstream ",
            await LogOf(outcomes.First(outcome => outcome.Attempts.Count == 1)),
            StringComparison.Ordinal
        );
        mesh.Mesh.Delete($"{dead.Name}.yaml");
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T01_A_try_has_its_own_time(string from, int port)
    {
        await mesh.ApplyAsync("retries: { attempts: 1, perTryTimeout: 1s, retryOn: reset }");

        Assert.Equal((HttpStatusCode.OK, 2), Counted(await SendAsync(from, port, "hang,ok", new StringContent("patient"))));
        var outcome = await SendAsync(from, port, "hang");
        Assert.Equal(
            (HttpStatusCode.GatewayTimeout, "upstream request timeout", 2),
            (outcome.Status, outcome.Body, outcome.Attempts.Count)
        );
        Assert.Contains(" 504 UT,URX upstream_per_try_timeout ", await LogOf(outcome), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T01_The_overall_time_includes_retries(string from, int port)
    {
        await mesh.ApplyAsync("timeout: 1s\nretries: { attempts: 50, perTryTimeout: 300ms, retryOn: reset, backoff: 1ms }");

        var outcome = await SendAsync(from, port, "hang");

        Assert.Equal((HttpStatusCode.GatewayTimeout, "upstream request timeout"), (outcome.Status, outcome.Body));
        Assert.InRange(outcome.Attempts.Count, 1, 4);
        Assert.Contains(" 504 UT upstream_response_timeout ", await LogOf(outcome), StringComparison.Ordinal);
    }

    [PeerFact(GrpcPeer.PythonPeer)]
    public Task T02_A_gRPC_call_of_a_Python_client_is_tried_again_on_its_status() => GrpcAsync("python");

    [PeerFact(GrpcPeer.NodePeer)]
    public Task T02_A_gRPC_call_of_a_Node_client_is_tried_again_on_its_status() => GrpcAsync("node");

    [Fact]
    public async Task T02_Retries_are_counted()
    {
        await mesh.ApplyAsync("retries: { attempts: 1, retryOn: 5xx }");
        await SendAsync("1.1", Http1Port, "503,ok");
        await SendAsync("1.1", Http1Port, "503");

        var text = await Wait.TextAsync($"http://{mesh.Client.Address}:15090/stats/prometheus", CancellationToken.None);

        foreach (var name in new[] { "", "_success", "_limit_exceeded" })
        {
            var series = $"envoy_cluster_upstream_rq_retry{name}{{cluster_name=\"outbound|80||scripted.default.svc.cluster.local\"}} ";
            var line = text!.Split('\n').Single(line => line.StartsWith(series, StringComparison.Ordinal));
            Assert.NotEqual("0", line[series.Length..]);
        }
    }

    private async Task GrpcAsync(string language)
    {
        await mesh.ApplyAsync(null);
        await using var service = await GrpcService.StartAsync($"flaky-{language}");
        await mesh.Mesh.ApplyAsync($"{service.Name}.yaml", $"{service.Yaml}\n---\n{Objects.GenerousRetries(service.Name)}");
        var authority = $"{service.Name}:{GrpcService.Port}";
        await using var client =
            language == "python"
                ? await GrpcPeer.PythonClientAsync(mesh.Client.Outbound.ToString(), authority)
                : await GrpcPeer.NodeClientAsync(mesh.Client.Outbound.ToString(), authority);

        // By default: twice, on these two and no other.
        Assert.StartsWith(
            "v",
            Assert.Single(await client.CallAsync("/shop.Cart/Flaky", 1, "UNAVAILABLE 2 a")).Key,
            StringComparison.Ordinal
        );
        Assert.StartsWith("v", Assert.Single(await client.CallAsync("/shop.Cart/Flaky", 1, "CANCELLED 1 b")).Key, StringComparison.Ordinal);
        Assert.Contains("INTERNAL", (await client.CallAsync("/shop.Cart/Flaky", 1, "INTERNAL 1 c")).Keys);

        await mesh.Mesh.ApplyAsync(
            $"{service.Name}-rule.yaml",
            Objects.VirtualService(
                service.Name,
                "default",
                service.Name,
                $"    - route: [ {{ destination: {{ host: {service.Name} }} }} ]\n      retries: {{ attempts: 1, retryOn: internal }}\n"
            )
        );
        Assert.StartsWith("v", Assert.Single(await client.CallAsync("/shop.Cart/Flaky", 1, "INTERNAL 1 d")).Key, StringComparison.Ordinal);
        Assert.Contains("INTERNAL", (await client.CallAsync("/shop.Cart/Flaky", 1, "INTERNAL 2 e")).Keys);
        Assert.Contains("UNAVAILABLE", (await client.CallAsync("/shop.Cart/Flaky", 1, "UNAVAILABLE 1 f")).Keys);
        mesh.Mesh.Delete($"{service.Name}-rule.yaml");
        mesh.Mesh.Delete($"{service.Name}.yaml");
    }

    private static (HttpStatusCode Status, int Attempts) Counted(ScriptedOutcome outcome) => (outcome.Status, outcome.Attempts.Count);

    private Task<ScriptedOutcome> SendAsync(string from, int port, string script, HttpContent? content = null) =>
        mesh.Scripted.SendAsync(mesh.Client, Version.Parse(from), port, script, content);

    private async Task<string> LogOf(ScriptedOutcome outcome)
    {
        var lines = await mesh.Client.AccessLogAsync(all => all.Any(line => line.Contains(outcome.Id, StringComparison.Ordinal)));
        return lines.Single(line => line.Contains(outcome.Id, StringComparison.Ordinal));
    }
}
