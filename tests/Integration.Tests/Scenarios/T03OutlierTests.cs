using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

public sealed class T03OutlierTests(EchoMesh mesh) : IClassFixture<EchoMesh>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static TheoryData<string> Pairs => Protocols.Pairs;

    public static TheoryData<string> All => new([.. Protocols.AllPairs, FlakyService.Grpc]);

    [Theory]
    [MemberData(nameof(All))]
    public async Task T03_Five_5xx_in_a_row_take_an_endpoint_out_for_the_base_time_and_again_for_twice_that(string protocol)
    {
        await using var service = await FlakyService.StartAsync(
            mesh,
            "t03-five",
            protocol,
            3,
            "consecutive5xxErrors: 5, interval: 1s, baseEjectionTime: 2s, maxEjectionPercent: 50"
        );
        Assert.Equal(0, await service.MetricAsync("active"));
        service.Upstreams[0].FailWith(500);

        // In turn: four of twelve fail and eject nobody.
        var four = await service.CallAsync(12);
        Assert.Equal((4, 4, 4), (four["500"], four["v2"], four["v3"]));
        Assert.Equal("healthy", await service.HealthAsync(0));
        await service.CallUntilAsync("the fifth failure", answer => answer == "500");
        Assert.Equal(5, service.Upstreams[0].Requests);
        Assert.Equal("/failed_outlier_check", await service.HealthAsync(0));
        Assert.Equal(1, await service.MetricAsync("active"));
        Assert.Equal(1, await service.MetricAsync("enforced_consecutive_5xx"));
        Assert.Equal(["v2", "v3"], (await service.CallAsync(10)).Keys.Order());

        // Still ill when it returns.
        await Wait.UntilAsync(
            "the second ejection",
            Patience,
            async () =>
            {
                await service.CallAsync(6);
                return service.Log().Any(line => line.Contains("its ejection 2;", StringComparison.Ordinal));
            },
            CancellationToken.None
        );
        var ejections = service.Log().Where(line => line.Contains(" is ejected for ", StringComparison.Ordinal)).ToList();
        Assert.Contains("is ejected for 2 s by consecutive_5xx (5, limit 5), its ejection 1;", ejections[0], StringComparison.Ordinal);
        Assert.Contains("is ejected for 4 s by consecutive_5xx (5, limit 5), its ejection 2;", ejections[1], StringComparison.Ordinal);
        Assert.Equal(10, service.Upstreams[0].Requests);

        service.Upstreams[0].Heal();
        await service.CallUntilAsync("the return of v1", answer => answer == "v1");
        Assert.Contains(service.Log(), line => line.Contains("returns after", StringComparison.Ordinal));
        Assert.Equal(0, await service.MetricAsync("active"));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task T03_Never_more_than_the_allowed_share_is_out(string protocol)
    {
        await using var service = await FlakyService.StartAsync(
            mesh,
            "t03-share",
            protocol,
            3,
            "consecutive5xxErrors: 2, interval: 1s, baseEjectionTime: 300s, maxEjectionPercent: 65"
        );
        foreach (var upstream in service.Upstreams)
        {
            upstream.FailWith(500);
        }

        Assert.Equal(["500"], (await service.CallAsync(30)).Keys);
        Assert.Equal(1, await service.MetricAsync("active"));
        Assert.True(await service.MetricAsync("overflow") > 0);
        Assert.Contains(
            service.Log(),
            line =>
                line.Contains("is not ejected though consecutive_5xx found it", StringComparison.Ordinal)
                && line.Contains("1 of 3 endpoints are ejected, at most 65 % may be", StringComparison.Ordinal)
        );

        await service.ApplyAsync("consecutive5xxErrors: 2, interval: 1s, baseEjectionTime: 300s, maxEjectionPercent: 67");
        await service.CallAsync(30);
        Assert.Equal(2, await service.MetricAsync("active"));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task T03_Below_minHealthPercent_all_endpoints_are_used(string protocol)
    {
        const string Detection = "consecutive5xxErrors: 2, interval: 1s, baseEjectionTime: 300s, maxEjectionPercent: 100";
        await using var service = await FlakyService.StartAsync(mesh, "t03-panic", protocol, 2, $"{Detection}, minHealthPercent: 60");
        service.Upstreams[0].FailWith(500);
        await service.CallAsync(4);
        await service.EjectedAsync(0);

        // Half are healthy, fewer than 60 %: as if nobody were ejected.
        var panicking = await service.CallAsync(20);
        Assert.Equal((10, 10), (panicking["500"], panicking["v2"]));

        await service.ApplyAsync($"{Detection}, minHealthPercent: 50");
        Assert.Equal("/failed_outlier_check", await service.HealthAsync(0));
        Assert.Equal(["v2"], (await service.CallAsync(10)).Keys);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task T03_One_endpoint_alone_stays_unless_100_percent_may_go_and_then_none_is_healthy(string protocol)
    {
        await using var service = await FlakyService.StartAsync(
            mesh,
            "t03-last",
            protocol,
            1,
            "consecutive5xxErrors: 5, interval: 1s, baseEjectionTime: 2s, maxEjectionPercent: 99"
        );
        service.Upstreams[0].FailWith(500);
        Assert.Equal(20, (await service.CallAsync(20))["500"]);
        Assert.Equal("healthy", await service.HealthAsync(0));

        await service.ApplyAsync("consecutive5xxErrors: 5, interval: 1s, baseEjectionTime: 2s, maxEjectionPercent: 100");
        await service.CallUntilAsync("nobody left", answer => answer == FlakyService.NoHealthyUpstream);
        var log = await mesh.Client.AccessLogAsync(lines =>
            lines.Any(l => l.Contains(" UH ", StringComparison.Ordinal) && l.Contains(service.Name, StringComparison.Ordinal))
        );
        Assert.NotEmpty(log);

        service.Upstreams[0].Heal();
        await service.CallUntilAsync("the return", answer => answer == "v1");
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task T03_Gateway_errors_are_counted_apart_from_others(string protocol)
    {
        await using var service = await FlakyService.StartAsync(
            mesh,
            "t03-gateway",
            protocol,
            2,
            "consecutive5xxErrors: 0, consecutiveGatewayErrors: 3, interval: 1s, baseEjectionTime: 300s, maxEjectionPercent: 50"
        );
        service.Upstreams[0].FailWith(500);
        Assert.Equal(10, (await service.CallAsync(20))["500"]);
        Assert.Equal("healthy", await service.HealthAsync(0));

        service.Upstreams[0].FailWith(503);
        Assert.Equal(3, (await service.CallAsync(20))["503"]);
        Assert.Equal(1, await service.MetricAsync("enforced_consecutive_gateway_failure"));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task T03_ConsecutiveErrors_of_old_rules_counts_gateway_errors(string protocol)
    {
        await using var service = await FlakyService.StartAsync(
            mesh,
            "t03-old",
            protocol,
            2,
            "consecutiveErrors: 3, interval: 1s, baseEjectionTime: 300s, maxEjectionPercent: 50"
        );
        service.Upstreams[0].FailWith(500);
        Assert.Equal(10, (await service.CallAsync(20))["500"]);
        service.Upstreams[0].FailWith(503);
        Assert.Equal(3, (await service.CallAsync(20))["503"]);
        await service.EjectedAsync(0);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task T03_Local_failures_are_counted_apart_where_they_are_split(string protocol)
    {
        await using var service = await FlakyService.StartAsync(
            mesh,
            "t03-local",
            protocol,
            2,
            "consecutive5xxErrors: 0, consecutiveGatewayErrors: 0, splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 3,"
                + " interval: 1s, baseEjectionTime: 300s, maxEjectionPercent: 50"
        );
        service.Upstreams[0].FailWith(503);
        Assert.Equal(10, (await service.CallAsync(20))["503"]);
        Assert.Equal("healthy", await service.HealthAsync(0));

        await service.Upstreams[0].App.DisposeAsync();
        await service.CallAsync(20);
        await service.EjectedAsync(0);
        Assert.Equal(1, await service.MetricAsync("enforced_consecutive_local_origin_failure"));
        Assert.Equal(["v2"], (await service.CallAsync(10)).Keys);
    }

    // A gRPC call has no status codes of HTTP to be listed.
    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T03_Only_listed_status_codes_count(string protocol)
    {
        await using var service = await FlakyService.StartAsync(
            mesh,
            "t03-codes",
            protocol,
            2,
            "consecutive5xxErrors: 3, outlierDetectionHttpErrorCodes: [429], interval: 1s, baseEjectionTime: 300s, maxEjectionPercent: 50"
        );
        service.Upstreams[0].FailWith(500);
        Assert.Equal(10, (await service.CallAsync(20))["500"]);
        service.Upstreams[0].FailWith(429);
        Assert.Equal(3, (await service.CallAsync(20))["429"]);
        await service.EjectedAsync(0);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task T03_With_a_half_open_probe_one_request_tries_an_endpoint_before_it_returns(string protocol)
    {
        await using var service = await FlakyService.StartAsync(
            mesh,
            "t03-probe",
            protocol,
            2,
            "consecutive5xxErrors: 3, interval: 1s, baseEjectionTime: 1s, maxEjectionPercent: 50",
            "mesh.extensions/half-open-probe: '{}'"
        );
        service.Upstreams[0].FailWith(500);
        Assert.Equal(3, (await service.CallAsync(6))["500"]);
        await Wait.UntilAsync(
            "a failed probe",
            Patience,
            async () =>
            {
                await service.CallAsync();
                return service.Log().Any(line => line.Contains("by half_open_probe", StringComparison.Ordinal));
            },
            CancellationToken.None
        );
        Assert.Equal(4, service.Upstreams[0].Requests);

        service.Upstreams[0].Heal();
        await service.CallUntilAsync("the return of v1", answer => answer == "v1");
        // The line is written beside the answer, not before it.
        await Wait.UntilAsync(
            "the line about the probe",
            Patience,
            () => Task.FromResult(service.Log().Any(line => line.Contains("(ProbeSucceeded)", StringComparison.Ordinal))),
            CancellationToken.None
        );
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task T03_Too_large_a_share_of_failures_takes_an_endpoint_out_at_the_next_sweep(string protocol)
    {
        await using var service = await FlakyService.StartAsync(
            mesh,
            "t03-rate",
            protocol,
            3,
            "consecutive5xxErrors: 0, interval: 1s, baseEjectionTime: 300s, maxEjectionPercent: 50",
            "mesh.extensions/failure-percentage: '{ \"threshold\": 50, \"minimumHosts\": 3, \"requestVolume\": 3 }'"
        );
        service.Upstreams[1].FailWith(500);
        await Wait.UntilAsync(
            "the ejection",
            Patience,
            async () =>
            {
                await service.CallAsync(12);
                return await service.HealthAsync(1) == "/failed_outlier_check";
            },
            CancellationToken.None
        );
        Assert.Equal(1, await service.MetricAsync("enforced_failure_percentage"));
        Assert.Equal(["v1", "v3"], (await service.CallAsync(10)).Keys.Order());
    }
}
