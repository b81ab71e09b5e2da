using System.Net;
using System.Text.Json.Nodes;
using Mesh.ControlPlane.Delivery;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Tests.Translation;
using Mesh.Grpc;
using Mesh.Grpc.Health;
using Mesh.Xds;
using Microsoft.Extensions.Logging;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Tests.Host;

/// <summary>The whole control plane as it ships, on ports of its own: files in, xDS and monitoring out.</summary>
#pragma warning disable CA1001 // xunit disposes it through IAsyncLifetime
public sealed class ControlPlaneHostTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private const string NodeId = "sidecar~127.9.0.1~web.shop~shop.svc.cluster.local";
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private readonly string root = Directory.CreateTempSubdirectory("mesh-host-").FullName;
    private readonly LogList log = new();
    private readonly HttpClient http = new();
    private ControlPlaneHost host = null!;

    public async Task InitializeAsync()
    {
        Write("books.yaml", Given.Service("books", "shop") + "\n---\n" + Given.Slice("books", "shop", "127.9.0.2"));
        var any = new IPEndPoint(IPAddress.Loopback, 0);
        host = ControlPlaneHost.Build(new(root, any, any, MeshSettings.Default), logging => logging.AddProvider(log));
        await host.StartAsync();
        await Until(() => host.Store.Current is not null);
    }

    public async Task DisposeAsync()
    {
        http.Dispose();
        await host.DisposeAsync();
        Directory.Delete(root, recursive: true);
        Assert.DoesNotContain(log.Entries, entry => entry.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task Monitoring_tells_readiness_configuration_clients_and_numbers()
    {
        Assert.Equal("ready\n", await Get("/ready"));
        var config = JsonNode.Parse(await Get("/debug/config"))!;
        Assert.Equal("Service", config["objects"]![1]!["kind"]!.GetValue<string>());
        Assert.Equal("books.shop.svc.cluster.local", config["snapshot"]!["services"]![0]!["host"]!.GetValue<string>());
        Assert.Empty(JsonNode.Parse(await Get("/debug/syncz"))!.AsArray());
        Assert.Contains("mesh_config_objects 2", await Get("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_on_disk_reaches_a_connected_client()
    {
        using var channel = new GrpcChannel(new Uri($"http://{host.Ads}"));
        await using var stream = channel.OpenDuplex(DiscoveryService.SotwMethod);
        await stream.WriteAsync(
            new Pb.DiscoveryRequest
            {
                Node = new Pb.Node { Id = NodeId },
                TypeUrl = TypeUrls.Cluster,
            }
        );
        Assert.DoesNotContain("mail.shop", Names(await Next(stream)), StringComparison.Ordinal);

        Write("mail.yaml", Given.Service("mail", "shop"));

        Assert.Contains("outbound|80||mail.shop.svc.cluster.local", Names(await Next(stream)), StringComparison.Ordinal);
        Assert.Contains(NodeId, await Get("/debug/syncz"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_file_changes_nothing_and_is_told_once_when_it_comes_and_once_when_it_goes()
    {
        var before = host.Store.Current!.Snapshot;
        Write("broken.yaml", "{{{");
        await Until(() => host.Store.Current!.Diagnostics.Length > 0);
        Assert.Same(before, host.Store.Current!.Snapshot);
        Assert.Contains("broken.yaml", await Get("/debug/config"), StringComparison.Ordinal);

        Write("mail.yaml", Given.Service("mail", "shop"));
        await Until(() => host.Store.Current!.Snapshot.Services.Length == 2);
        File.Delete(Path.Combine(root, "broken.yaml"));
        await Until(() => host.Store.Current!.Diagnostics.Length == 0);
        await Until(() => log.Entries.Any(entry => entry.Text.StartsWith("No longer: ", StringComparison.Ordinal)));

        Assert.Single(
            log.Entries,
            entry => entry.Level == LogLevel.Warning && entry.Text.Contains("broken.yaml", StringComparison.Ordinal)
        );
        Assert.Single(log.Entries, entry => entry.Text.StartsWith("No longer: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_port_that_somebody_else_has_ends_it_with_a_reason()
    {
        var messages = new LogList();
        var any = new IPEndPoint(IPAddress.Loopback, 0);
        await using var second = ControlPlaneHost.Build(
            new(root, host.Ads, any, MeshSettings.Default),
            logging => logging.AddProvider(messages)
        );

        Assert.Equal(1, await second.RunAsync());
        Assert.Contains(messages.Entries, entry => entry.Text.Contains($"--ads {host.Ads}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Health_is_served_beside_discovery_and_monitoring_is_not()
    {
        using var channel = new GrpcChannel(new Uri($"http://{host.Ads}"));
        var answer = await channel.UnaryAsync(HealthService.Check, new HealthCheckRequest());
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, answer.Status);
        answer = await channel.UnaryAsync(HealthService.Check, new() { Service = XdsMethods.AggregatedDiscoveryService });
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, answer.Status);

        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{host.Ads}/debug/config")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Stopping_ends_promptly_with_open_streams()
    {
        using var channel = new GrpcChannel(new Uri($"http://{host.Ads}"));
        await using var stream = channel.OpenDuplex(DiscoveryService.SotwMethod);
        await stream.WriteAsync(
            new Pb.DiscoveryRequest
            {
                Node = new Pb.Node { Id = NodeId },
                TypeUrl = TypeUrls.Cluster,
            }
        );
        await Next(stream);

        await host.StopAsync().WaitAsync(Bound);

        await Assert.ThrowsAnyAsync<GrpcException>(async () =>
        {
            while (await stream.MoveNextAsync().AsTask().WaitAsync(Bound)) { }
        });
    }

    private static async Task<Pb.DiscoveryResponse> Next(GrpcDuplexCall<Pb.DiscoveryRequest, Pb.DiscoveryResponse> stream)
    {
        Assert.True(await stream.MoveNextAsync().AsTask().WaitAsync(Bound));
        var response = stream.Current;
        await stream.WriteAsync(
            new Pb.DiscoveryRequest
            {
                TypeUrl = response.TypeUrl,
                VersionInfo = response.VersionInfo,
                ResponseNonce = response.Nonce,
            }
        );
        return response;
    }

    private static string Names(Pb.DiscoveryResponse response) =>
        string.Join(' ', response.Resources.Select(any => Pb.Cluster.Parser.ParseFrom(any.Value).Name));

    private void Write(string path, string text) => File.WriteAllText(Path.Combine(root, path), text);

    private Task<string> Get(string path) => http.GetStringAsync(new Uri($"http://{host.Monitoring}{path}"));

    private static async Task Until(Func<bool> condition)
    {
        using var bound = new CancellationTokenSource(Bound);
        while (!condition())
        {
            await Task.Delay(10, bound.Token);
        }
    }
}
