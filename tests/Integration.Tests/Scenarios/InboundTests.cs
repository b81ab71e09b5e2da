using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>Client sidecar → server sidecar → application, without capture.</summary>
public sealed class InboundTests(InboundMesh mesh) : IClassFixture<InboundMesh>
{
    // Dashboards know them so; Prometheus would have another unit, or a suffix.
    private static readonly string[] NamesOfIstio = ["istio_request_duration_milliseconds", "pilot_xds_pushes", "pilot_xds_write_timeout"];

    public static TheoryData<string> Both => Protocols.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_request_leaves_one_outbound_and_one_inbound_line_with_the_same_id(string protocol)
    {
        using var client = new EchoClient(mesh.Client, protocol);
        using var response = await client.SendAsync("/both?x=1", host: InboundMesh.Service);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var echo = (await response.Content.ReadFromJsonAsync<Echo>())!;
        Assert.Equal("app", echo.Version);
        Assert.Equal(protocol == Protocols.Http1 ? "HTTP/1.1" : "HTTP/2", echo.Protocol);

        // Nobody sent an id: the first proxy made it.
        var id = echo.Header("x-request-id");
        Assert.NotNull(id);
        var port = protocol == Protocols.Http1 ? EchoUpstream.Http1Port : EchoUpstream.Http2Port;
        var outbound = await LineAsync(mesh.Client, id);
        Assert.Contains($"\"GET /both?x=1 {echo.Protocol}\" 200 - ", outbound, StringComparison.Ordinal);
        Assert.Contains($"\"{mesh.Server.Address}:{port}\"", outbound, StringComparison.Ordinal);
        Assert.Contains($" outbound|{client.Port}||shop.default.svc.cluster.local ", outbound, StringComparison.Ordinal);
        var inbound = await LineAsync(mesh.Server, id);
        Assert.Contains($"\"GET /both?x=1 {echo.Protocol}\" 200 - ", inbound, StringComparison.Ordinal);
        Assert.Contains($"\"{mesh.App.Address}:{port}\"", inbound, StringComparison.Ordinal);
        Assert.Contains($" inbound|{port}|| ", inbound, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task The_application_is_reached_by_strangers_at_the_address_of_its_pod(string protocol)
    {
        var port = protocol == Protocols.Http1 ? EchoUpstream.Http1Port : EchoUpstream.Http2Port;
        using var stranger = Sidecar.ClientTo(new IPEndPoint(IPAddress.Parse(mesh.Server.Address), port), Protocols.VersionOf(protocol));
        var id = Guid.NewGuid().ToString();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://{mesh.Server.Address}:{port}/stranger"))
        {
            Version = Protocols.VersionOf(protocol),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Headers = { { "x-request-id", id } },
        };
        using var response = await stranger.SendAsync(request);
        var echo = (await response.Content.ReadFromJsonAsync<Echo>())!;
        Assert.Equal(("app", "/stranger", id), (echo.Version, echo.Target, echo.Header("x-request-id")));
        Assert.Contains($" inbound|{port}|| ", await LineAsync(mesh.Server, id), StringComparison.Ordinal);
    }

    [PeerFact(GrpcPeer.PythonPeer)]
    public async Task Grpc_calls_streams_and_statuses_pass_both_sidecars()
    {
        await using var server = await GrpcPeer.ServeAsync((mesh.App.Address, InjectedService.GrpcTargetPort, "app"));
        await using var client = await GrpcPeer.PythonClientAsync(
            mesh.Client.Outbound.ToString(),
            $"{InboundMesh.Service}:{InjectedService.GrpcPort}"
        );
        var id = Guid.NewGuid().ToString();
        var answers = await client.CallAsync("/shop.Cart/Get", 1, "", ("x-request-id", id));
        Assert.Equal(("app", 1), (Assert.Single(answers).Key, Assert.Single(answers).Value));
        Assert.Contains("\"POST /shop.Cart/Get HTTP/2\" 200 - ", await LineAsync(mesh.Client, id), StringComparison.Ordinal);
        Assert.Contains("\"POST /shop.Cart/Get HTTP/2\" 200 - ", await LineAsync(mesh.Server, id), StringComparison.Ordinal);

        Assert.Equal(25, Assert.Single(await client.CallAsync("/shop.Cart/Chat", 25)).Value);
        var failed = await client.CallAsync("/shop.Cart/Fail", 1, "FAILED_PRECONDITION");
        Assert.Contains("FAILED_PRECONDITION", failed.Keys);
        await mesh.Client.CountsAsync(
            "istio_requests_total{",
            "reporter=\"source\"",
            "request_protocol=\"grpc\"",
            "grpc_response_status=\"9\""
        );
        await mesh.Server.CountsAsync(
            "istio_requests_total{",
            "reporter=\"destination\"",
            "request_protocol=\"grpc\"",
            "grpc_response_status=\"9\""
        );
    }

    [Fact]
    public async Task Trailers_survive_both_sidecars()
    {
        using var client = new EchoClient(mesh.Client, Protocols.Http2);
        using var response = await client.SendAsync(InboundMesh.TrailerPath, host: InboundMesh.Service);
        Assert.Equal("body", await response.Content.ReadAsStringAsync());
        Assert.Equal("of-the-body", string.Join(',', response.TrailingHeaders.GetValues("x-checksum")));
        Assert.Equal("comes too", string.Join(',', response.TrailingHeaders.GetValues("x-undeclared")));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Large_bodies_arrive_whole_in_both_directions(string protocol)
    {
        using var client = mesh.Client.Client(Protocols.VersionOf(protocol));
        client.Timeout = TimeSpan.FromMinutes(3);
        var upload = BulkPath.Upload();
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri($"http://{InboundMesh.Service}:{Protocols.PortOf(protocol)}{BulkPath.Path}")
        )
        {
            Version = Protocols.VersionOf(protocol),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(upload),
        };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Checksum(upload), string.Join(',', response.Headers.GetValues(BulkPath.ChecksumHeader)));
        await using var body = await response.Content.ReadAsStreamAsync();
        Assert.Equal(Checksum(BulkPath.Download()), Convert.ToHexStringLower(await SHA256.HashDataAsync(body)));
    }

    [Fact]
    public async Task Both_sides_count_the_request_and_say_who_they_are()
    {
        using var client = new EchoClient(mesh.Client, Protocols.Http1);
        using var response = await client.SendAsync("/counted", host: InboundMesh.Service);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await mesh.Client.CountsAsync(
            "istio_requests_total{",
            "reporter=\"source\"",
            "response_code=\"200\"",
            "source_app=\"client\"",
            "destination_app=\"shop\"",
            "destination_version=\"app\"",
            "destination_service=\"shop.default.svc.cluster.local\"",
            "destination_service_name=\"shop\"",
            "destination_service_namespace=\"default\"",
            "response_flags=\"-\""
        );
        await mesh.Server.CountsAsync(
            "istio_requests_total{",
            "reporter=\"destination\"",
            "response_code=\"200\"",
            "destination_app=\"shop\"",
            "destination_service=\"shop.default.svc.cluster.local\"",
            "response_flags=\"-\""
        );
        await mesh.Client.CountsAsync("istio_request_duration_milliseconds_bucket{", "reporter=\"source\"", "le=\"+Inf\"");
        await mesh.Server.CountsAsync("istio_request_duration_milliseconds_bucket{", "reporter=\"destination\"", "le=\"+Inf\"");
    }

    [PeerFact(Promtool.Peer)]
    public async Task Promtool_has_nothing_against_the_metrics_but_names_that_are_Istios_or_Envoys()
    {
        using var client = new EchoClient(mesh.Client, Protocols.Http1);
        using var response = await client.SendAsync("/counted", host: InboundMesh.Service);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await mesh.Client.CountsAsync("istio_requests_total{");
        await mesh.Server.CountsAsync("istio_requests_total{");
        var controlPlane = await Wait.TextAsync($"http://{mesh.Mesh.Monitoring}/metrics", CancellationToken.None);
        foreach (var page in new[] { await mesh.Client.MetricsAsync(), await mesh.Server.MetricsAsync(), controlPlane! })
        {
            var remarks = await Promtool.CheckMetricsAsync(page);
            // Envoy's counters have no suffix, and dashboards know them by their names.
            Assert.DoesNotContain(
                remarks,
                line =>
                    !NamesOfIstio.Contains(line.Split(' ')[0])
                    && !(
                        line.StartsWith("envoy_", StringComparison.Ordinal) && line.Contains("\"_total\" suffix", StringComparison.Ordinal)
                    )
            );
        }
    }

    private static string Checksum(byte[] body) => Convert.ToHexStringLower(SHA256.HashData(body));

    private static async Task<string> LineAsync(Sidecar sidecar, string id)
    {
        var lines = await sidecar.AccessLogAsync(all => all.Any(line => line.Contains(id, StringComparison.Ordinal)));
        return Assert.Single(lines, line => line.Contains(id, StringComparison.Ordinal));
    }
}
