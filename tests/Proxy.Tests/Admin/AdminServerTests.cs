using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Mesh.Metrics;
using Mesh.Proxy.Admin;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Discovery;
using Mesh.Proxy.Security;
using Mesh.Proxy.Tests.Configuration;
using Mesh.Proxy.Tests.Identity;
using Mesh.Xds;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Proxy.Tests.Admin;

#pragma warning disable CA1001 // xunit disposes through IAsyncLifetime
public sealed class AdminServerTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private readonly HttpClient _client = new();
    private readonly ConfigStore _store = new();
    private readonly IdentityStore _identity = new();
    private readonly LogLevelSwitch _level = new(LogLevel.Information);
    private readonly AdminServer _server;
    private DiscoveryStatus _status = DiscoveryStatus.Empty;
    private bool _draining;
    private bool _quit;

    public AdminServerTests()
    {
        var metrics = new MetricRegistry();
        metrics.Counter("a_total", "An a.").Inc();
        _server = new AdminServer(
            new AdminSources
            {
                Options = new ProxyOptions
                {
                    Node = ProxyNode.Parse("sidecar~127.0.0.1~a.b~b.svc.cluster.local", out _)!,
                    Ads = new DnsEndPoint("localhost", 15010),
                    Admin = new(IPAddress.Loopback, 0),
                    Ready = new(IPAddress.Loopback, 0),
                    Metrics = new(IPAddress.Loopback, 0),
                    Merged = new(IPAddress.Loopback, 0),
                },
                Store = _store,
                Metrics = metrics,
                LogLevel = _level,
                Time = TimeProvider.System,
                Discovery = () => _status,
                Identity = _identity,
                Draining = () => _draining,
                Drain = () => _draining = true,
                Quit = () => _quit = true,
            },
            NullLoggerFactory.Instance
        );
    }

    public Task InitializeAsync() => _server.StartAsync();

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task It_is_ready_from_the_first_configuration_until_it_drains()
    {
        Assert.Equal("503 PRE_INITIALIZING", await GetAsync("/ready"));
        Serve();
        Assert.Equal("200 LIVE", await GetAsync("/ready"));
        Assert.Equal("200 LIVE", await GetAsync("/healthz/ready", AdminPort.Ready));
        Assert.Equal("200 LIVE", await GetAsync("/healthz/ready", AdminPort.Merged));

        Assert.Equal("200 OK", await PostAsync("/drain_listeners"));

        Assert.Equal("503 DRAINING", await GetAsync("/healthz/ready", AdminPort.Ready));
    }

    [Fact]
    public async Task Metrics_are_on_the_ports_where_they_are_looked_for()
    {
        Assert.Contains("a_total 1", await GetAsync("/stats/prometheus"));
        Assert.Contains("a_total 1", await GetAsync("/stats/prometheus", AdminPort.Metrics));
        Assert.Contains("a_total 1", await GetAsync("/stats/prometheus", AdminPort.Merged));
    }

    [Fact]
    public async Task Certificates_are_shown_without_their_keys()
    {
        Assert.Equal(0, (await JsonAsync("/certs")).GetProperty("certificates").GetArrayLength());
        using var authority = new TestAuthority("root");
        var now = TimeProvider.System.GetUtcNow();
        var own = authority.Workload("spiffe://cluster.local/ns/shop/sa/books", now, TimeSpan.FromHours(50));
        _identity.Publish(own);

        var text = await GetAsync("/certs");
        var shown = (await JsonAsync("/certs")).GetProperty("certificates")[0];

        var leaf = shown.GetProperty("cert_chain")[0];
        Assert.Equal("spiffe://cluster.local/ns/shop/sa/books", leaf.GetProperty("subject_alt_names")[0].GetProperty("uri").GetString());
        Assert.Equal(own.Leaf.SerialNumber, leaf.GetProperty("serial_number").GetString(), ignoreCase: true);
        Assert.Equal("2", leaf.GetProperty("days_until_expiration").GetString());
        Assert.Equal(
            authority.Root.SerialNumber,
            shown.GetProperty("ca_cert")[0].GetProperty("serial_number").GetString(),
            ignoreCase: true
        );
        Assert.DoesNotContain("PRIVATE", text);
    }

    [Fact]
    public async Task Other_ports_do_not_show_what_the_admin_port_shows()
    {
        foreach (var port in new[] { AdminPort.Ready, AdminPort.Metrics, AdminPort.Merged })
        {
            Assert.StartsWith("404", await GetAsync("/config_dump", port));
            Assert.StartsWith("404", await PostAsync("/drain_listeners", port));
        }

        Assert.StartsWith("404", await PostAsync("/quitquitquit", AdminPort.Ready));
        Assert.StartsWith("404", await PostAsync("/quitquitquit", AdminPort.Metrics));
        Assert.False(_quit);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("127.0.0.6", false)]
    [InlineData("2001:db8::7f00:1", false)]
    [InlineData("10.0.0.1", false)]
    public void Only_the_pod_itself_may_end_its_proxy(string client, bool may) =>
        Assert.Equal(may, AdminPages.IsOwnPod(IPAddress.Parse(client)));

    [Fact]
    public async Task A_job_ends_the_proxy_at_the_port_where_it_would_end_Istios()
    {
        Assert.StartsWith("405", await GetAsync("/quitquitquit", AdminPort.Merged));
        Assert.False(_quit);

        Assert.Equal("200 OK", await PostAsync("/quitquitquit", AdminPort.Merged));
        Assert.True(_quit);
    }

    [Theory]
    [InlineData("127.0.0.6", "")]
    [InlineData("127.0.0.1", "http://shop.example")]
    public async Task Nobody_else_ends_the_proxy(string from, string origin)
    {
        var port = _server.AddressOf(AdminPort.Merged).Port;
        using var client = new HttpClient(
            new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancellation) =>
                {
                    var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                    socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
                    await socket.ConnectAsync(IPAddress.Loopback, port, cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            }
        );
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{port}/quitquitquit");
        if (origin.Length > 0)
        {
            request.Headers.Add("Origin", origin);
        }

        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.False(_quit);
    }

    [Fact]
    public async Task The_configuration_is_shown_with_what_was_refused()
    {
        Serve();
        var bad = new RejectedResource(TypeUrls.Cluster, "bad", "7", "connect_timeout: must be greater than 0", Wire.Then);
        _status = _status with { Rejected = [bad] };

        var dump = await JsonAsync("/config_dump");

        Assert.Equal(_store.Current!.Version, dump.GetProperty("version").GetString());
        var types = dump.GetProperty("types").EnumerateArray().ToDictionary(t => t.GetProperty("type").GetString()!);
        var clusters = types["CDS"].GetProperty("resources").EnumerateArray().ToDictionary(r => r.GetProperty("name").GetString()!);
        Assert.Equal("NACKED", clusters["bad"].GetProperty("state").GetString());
        Assert.Equal(bad.Reason, clusters["bad"].GetProperty("error").GetProperty("reason").GetString());
        var listener = types["LDS"]
            .GetProperty("resources")
            .EnumerateArray()
            .Single(r => r.GetProperty("name").GetString() == "0.0.0.0_9080");
        Assert.Equal("ACKED", listener.GetProperty("state").GetString());
        var filter = listener.GetProperty("resource").GetProperty("filterChains")[0].GetProperty("filters")[0].GetProperty("typedConfig");
        Assert.Equal("9080", filter.GetProperty("rds").GetProperty("routeConfigName").GetString());
        Assert.Single((await JsonAsync("/config_dump?type=eds")).GetProperty("types").EnumerateArray());
    }

    [Fact]
    public async Task Clusters_show_their_endpoints_and_what_happened_to_them()
    {
        Serve();
        var name = "outbound|9080||reviews.default.svc.cluster.local";
        _store.Current!.Clusters[name].Endpoints[0].State.RequestStarted();

        Assert.Contains($"{name}::10.0.0.1:9080::rq_active::1\n", await GetAsync("/clusters"));
        var clusters = (await JsonAsync("/clusters?format=json")).GetProperty("clusters").EnumerateArray();
        var endpoint = clusters.Single(c => c.GetProperty("name").GetString() == name).GetProperty("endpoints")[0];
        Assert.Equal(1, endpoint.GetProperty("total_requests").GetInt64());
        Assert.Equal("10.0.0.1:9080", endpoint.GetProperty("address").GetString());
    }

    [Fact]
    public async Task An_ejected_endpoint_is_shown_with_its_time()
    {
        Serve();
        var name = "outbound|9080||reviews.default.svc.cluster.local";
        var ejection = _store.Current!.Clusters[name].Endpoints[0].State.Ejection;
        ejection.Eject(TimeSpan.Zero, 1, TimeSpan.Zero);

        var text = await GetAsync("/clusters");
        Assert.Contains($"{name}::10.0.0.1:9080::health_flags::/failed_outlier_check\n", text);
        Assert.Contains($"{name}::10.0.0.1:9080::success_rate::-1\n", text);
        Assert.Contains($"{name}::10.0.0.1:9080::ejections::1\n", text);
        var clusters = (await JsonAsync("/clusters?format=json")).GetProperty("clusters").EnumerateArray();
        var endpoint = clusters.Single(c => c.GetProperty("name").GetString() == name).GetProperty("endpoints")[0];
        Assert.Equal("/failed_outlier_check", endpoint.GetProperty("health").GetString());
        Assert.Equal(1, endpoint.GetProperty("ejections").GetInt32());

        ejection.Return(TimeSpan.Zero);
        Assert.Contains($"{name}::10.0.0.1:9080::health_flags::healthy\n", await GetAsync("/clusters"));
    }

    [Fact]
    public async Task Listeners_and_server_info_are_shown()
    {
        Serve();

        Assert.Contains("0.0.0.0_9080::0.0.0.0:9080\n", await GetAsync("/listeners"));
        Assert.Equal(2, (await JsonAsync("/listeners?format=json")).GetProperty("listeners").GetArrayLength());
        Assert.Equal("sidecar~127.0.0.1~a.b~b.svc.cluster.local", (await JsonAsync("/server_info")).GetProperty("node").GetString());
    }

    [Fact]
    public async Task The_log_level_changes_while_running()
    {
        Assert.Contains("active level: information", await PostAsync("/logging"));
        Assert.Contains("active level: debug", await PostAsync("/logging?level=debug"));
        Assert.Equal(LogLevel.Debug, _level.Level);
        Assert.StartsWith("400", await PostAsync("/logging?level=loud"));
        Assert.StartsWith("400", await PostAsync("/logging?level=1"));
        Assert.Equal(LogLevel.Debug, _level.Level);
    }

    [Fact]
    public async Task What_changes_something_is_posted()
    {
        Assert.StartsWith("405", await GetAsync("/quitquitquit"));
        Assert.StartsWith("405", await GetAsync("/drain_listeners"));
        Assert.False(_quit || _draining);

        Assert.Equal("200 OK", await PostAsync("/quitquitquit"));
        await Discovery.Until.HoldsAsync(() => _quit, "the quit");
    }

    [Fact]
    public async Task The_index_lists_every_page()
    {
        var index = await GetAsync("/");

        foreach (
            var path in new[]
            {
                "/clusters",
                "/config_dump",
                "/drain_listeners",
                "/listeners",
                "/logging",
                "/quitquitquit",
                "/ready",
                "/server_info",
                "/stats/prometheus",
            }
        )
        {
            Assert.Contains(path, index);
        }
    }

    [Theory]
    [InlineData("evil.example.com", null, 403)]
    [InlineData("127.0.0.1.evil.example.com", null, 403)]
    [InlineData("10.0.0.1:15000", null, 403)]
    [InlineData("localhost:15000", null, 200)]
    [InlineData("LOCALHOST", null, 200)]
    [InlineData("127.0.0.1:15000", null, 200)]
    [InlineData("[::1]:15000", null, 200)]
    [InlineData("localhost", "http://evil.example.com", 403)]
    [InlineData("localhost", "null", 403)]
    [InlineData("localhost", "http://localhost:15000", 200)]
    public async Task Web_pages_of_others_cannot_use_it(string host, string? origin, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Url("/server_info", AdminPort.Admin));
        request.Headers.Host = host;
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        using var response = await _client.SendAsync(request);

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task Garbage_is_answered_or_cut_and_others_are_served()
    {
        var random = new Random(5);
        for (var i = 0; i < 50; i++)
        {
            var noise = new byte[random.Next(1, 2000)];
            random.NextBytes(noise);
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(_server.AddressOf(AdminPort.Admin));
            await socket.SendAsync(noise);
            await socket.SendAsync(Encoding.ASCII.GetBytes("\r\n\r\n"));
        }

        Assert.StartsWith("200", await GetAsync("/server_info"));
    }

    private void Serve()
    {
        var set = ConfigCompilerTests.Shop();
        _status = new DiscoveryStatus(true, set, [], DiscoveryStatus.Empty.SystemVersions);
        var context = new CompileContext
        {
            Capture = CaptureMode.Redirect,
            NodeAddress = IPAddress.Loopback,
            Application = null,
        };
        _store.Publish(ConfigCompiler.Compile(set, null, context));
    }

    private Task<string> GetAsync(string path, AdminPort port = AdminPort.Admin) => SendAsync(HttpMethod.Get, path, port);

    private Task<string> PostAsync(string path, AdminPort port = AdminPort.Admin) => SendAsync(HttpMethod.Post, path, port);

    private async Task<string> SendAsync(HttpMethod method, string path, AdminPort port)
    {
        using var request = new HttpRequestMessage(method, Url(path, port));
        using var response = await _client.SendAsync(request);
        return $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}".TrimEnd('\n')
            + (path is "/clusters" or "/listeners" ? "\n" : "");
    }

    private async Task<JsonElement> JsonAsync(string path)
    {
        using var document = JsonDocument.Parse(await _client.GetStringAsync(Url(path, AdminPort.Admin)));
        return document.RootElement.Clone();
    }

    private string Url(string path, AdminPort port) => $"http://{_server.AddressOf(port)}{path}";
}
