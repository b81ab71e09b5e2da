using System.Net;
using System.Text.Json;
using Google.Protobuf;
using Mesh.Proxy.Admin;
using Mesh.Proxy.Tests.Discovery;
using Mesh.Xds;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using static Mesh.Proxy.Tests.Configuration.Wire;

namespace Mesh.Proxy.Tests;

/// <summary>The sidecar as the program builds it, between a control plane and an application in this process.</summary>
public sealed class ProxyHostTests : IAsyncDisposable
{
    private static readonly string Hello = ClusterOf("hello.default.svc.cluster.local", 80);

    private readonly string _folder = Directory.CreateTempSubdirectory("proxy-host-").FullName;
    private readonly HttpClient _client = new();
    private readonly List<IAsyncDisposable> _running = [];

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        foreach (var part in _running.AsEnumerable().Reverse())
        {
            await part.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_request_goes_where_the_control_plane_says()
    {
        var server = await ServeAsync(await ResourcesAsync());
        var host = await StartAsync(server.Address);
        await ReadyAsync(host);

        Assert.Equal("hello", await AskAsync(host, "hello"));
    }

    [Fact]
    public async Task Garbage_from_the_control_plane_ends_nothing()
    {
        var random = new Random(7);
        var noise = new byte[4096];
        random.NextBytes(noise);
        byte[][] garbage = [noise, AdsTestServer.Frame(noise), [0, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3]];
        var server = await ServeAsync(await ResourcesAsync(), garbage);
        var host = await StartAsync(server.Address);
        await ReadyAsync(host);

        var damaged = AdsSessionTests.Response("odd", Eds("x"));
        damaged.Resources[0].Resource_.Value = ByteString.CopyFrom(noise);
        await server.Extra.Writer.WriteAsync(damaged);

        await foreach (
            var request in server.Requests.Reader.ReadAllAsync().WithCancellation(new CancellationTokenSource(Until.Bound).Token)
        )
        {
            if (request.ResponseNonce == "odd")
            {
                Assert.Contains("CDS 'x'", request.ErrorDetail.Message);
                break;
            }
        }

        Assert.Equal("hello", await AskAsync(host, "hello"));
        var dump = await JsonAsync(host, "/config_dump?type=cds");
        var states = dump.GetProperty("types")[0].GetProperty("resources").EnumerateArray();
        Assert.Equal("NACKED", states.Single(r => r.GetProperty("name").GetString() == "x").GetProperty("state").GetString());
        Assert.Equal("ACKED", states.Single(r => r.GetProperty("name").GetString() == Hello).GetProperty("state").GetString());
    }

    [Fact]
    public async Task Without_control_plane_the_cached_configuration_serves()
    {
        var cache = Path.Combine(_folder, "cache");
        var server = await ServeAsync(await ResourcesAsync());
        var address = server.Address;
        await using (var first = await StartAsync(address, cache))
        {
            await ReadyAsync(first);
            await Until.HoldsAsync(() => File.Exists(cache), "the cache is written");
        }

        await server.DisposeAsync();
        var second = await StartAsync(address, cache);
        await ReadyAsync(second);

        Assert.Equal("hello", await AskAsync(second, "hello"));
        Assert.False((await JsonAsync(second, "/server_info")).GetProperty("connected").GetBoolean());
    }

    [Fact]
    public async Task Before_any_configuration_it_is_not_ready()
    {
        var host = await StartAsync(new IPEndPoint(IPAddress.Loopback, 1));

        using var ready = await _client.GetAsync(Url(host, AdminPort.Ready, "/healthz/ready"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal("PRE_INITIALIZING\n", await ready.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Quitting_drains_and_exits_with_zero()
    {
        var server = await ServeAsync(await ResourcesAsync());
        var host = Build(server.Address, null);
        var running = host.RunAsync();
        await ReadyAsync(host);

        using var answer = await _client.PostAsync(Url(host, AdminPort.Admin, "/quitquitquit"), null);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(0, await running.WaitAsync(Until.Bound));
    }

    [Fact]
    public async Task A_taken_port_is_no_stack_trace_but_exit_code_one()
    {
        var server = await ServeAsync([]);
        var host = ProxyHost.Build(Options(server.Address, null) with { Outbound = server.Address }, NullLoggerFactory.Instance);
        _running.Add(host);

        Assert.Equal(1, await host.RunAsync());
    }

    private async Task<IMessage[]> ResourcesAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(context => context.Response.WriteAsync("hello"));
        await app.StartAsync();
        _running.Add(app);
        return
        [
            Eds(Hello),
            OriginalDestination(ResourceNames.Passthrough),
            OriginalDestination(ResourceNames.InboundPassthrough),
            Endpoints(Hello, ("127.0.0.1", new Uri(app.Urls.First()).Port)),
            VirtualOutbound(),
            VirtualInbound("a;b;c;d;e"),
            HttpPort(80),
            Routes("80", Host("hello", "hello", To(Hello))),
        ];
    }

    private async Task<AdsTestServer> ServeAsync(IMessage[] resources, params byte[][] garbage)
    {
        var server = await AdsTestServer.StartAsync(resources, 0, garbage);
        _running.Add(server);
        return server;
    }

    private async Task<ProxyHost> StartAsync(IPEndPoint ads, string? cache = null)
    {
        var host = Build(ads, cache);
        await host.StartAsync();
        return host;
    }

    private ProxyHost Build(IPEndPoint ads, string? cache)
    {
        var host = ProxyHost.Build(Options(ads, cache), NullLoggerFactory.Instance);
        _running.Add(host);
        return host;
    }

    private static ProxyOptions Options(IPEndPoint ads, string? cache) =>
        new()
        {
            Node = ProxyNode.Parse("sidecar~127.0.0.1~a.b~b.svc.cluster.local", out _)!,
            Ads = new DnsEndPoint(ads.Address.ToString(), ads.Port),
            App = IPAddress.Parse("127.0.0.2"),
            Outbound = new(IPAddress.Loopback, 0),
            Admin = new(IPAddress.Loopback, 0),
            Ready = new(IPAddress.Loopback, 0),
            Metrics = new(IPAddress.Loopback, 0),
            Merged = new(IPAddress.Loopback, 0),
            Cache = cache,
        };

    private static Task ReadyAsync(ProxyHost host) => Until.HoldsAsync(() => host.Store.Current is not null, "a configuration");

    private async Task<string> AskAsync(ProxyHost host, string authority)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{host.Traffic.OutboundEndPoint}/");
        request.Headers.Host = authority;
        using var response = await _client.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }

    private async Task<JsonElement> JsonAsync(ProxyHost host, string path)
    {
        using var document = JsonDocument.Parse(await _client.GetStringAsync(Url(host, AdminPort.Admin, path)));
        return document.RootElement.Clone();
    }

    private static string Url(ProxyHost host, AdminPort port, string path) => $"http://{host.Admin.AddressOf(port)}{path}";
}
