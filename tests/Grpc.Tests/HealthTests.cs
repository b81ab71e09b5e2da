using Mesh.Grpc.Health;
using Status = Mesh.Grpc.Health.HealthCheckResponse.Types.ServingStatus;

namespace Mesh.Grpc.Tests;

public sealed class HealthTests : IAsyncLifetime
{
    private readonly HealthService _health = new();
    private TestServer _server = null!;
    private GrpcChannel _channel = null!;

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync(_health.Map);
        _channel = _server.Connect();
    }

    public async Task DisposeAsync()
    {
        _channel.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Check_answers_for_the_server_and_for_each_service()
    {
        _health.Set("mesh.Known", Status.NotServing);
        Assert.Equal(Status.Serving, await CheckAsync(""));
        Assert.Equal(Status.NotServing, await CheckAsync("mesh.Known"));
        _health.Set("mesh.Known", Status.Serving);
        Assert.Equal(Status.Serving, await CheckAsync("mesh.Known"));
    }

    [Fact]
    public async Task Check_of_an_unknown_service_is_NOT_FOUND() => await CheckAsync("mesh.Unknown").FailsAsync(GrpcStatusCode.NotFound);

    [Fact]
    public async Task Watch_answers_at_once_and_after_every_change_even_of_a_service_that_is_not_known_yet()
    {
        await using var call = _channel.OpenDuplex(HealthService.Watch);
        await call.WriteAsync(new HealthCheckRequest { Service = "mesh.Later" });
        await call.CompleteWritesAsync();
        Assert.Equal(Status.ServiceUnknown, await NextAsync(call));
        _health.Set("mesh.Later", Status.NotServing);
        Assert.Equal(Status.NotServing, await NextAsync(call));
        _health.Set("mesh.Other", Status.Serving);
        _health.Set("mesh.Later", Status.Serving);
        Assert.Equal(Status.Serving, await NextAsync(call));
    }

    [Fact]
    public async Task A_shutdown_turns_everything_to_NOT_SERVING()
    {
        _health.Set("mesh.Known", Status.Serving);
        await using var call = _channel.OpenDuplex(HealthService.Watch);
        await call.WriteAsync(new HealthCheckRequest { Service = "mesh.Known" });
        Assert.Equal(Status.Serving, await NextAsync(call));
        _health.Shutdown();
        Assert.Equal(Status.NotServing, await NextAsync(call));
        Assert.Equal(Status.NotServing, await CheckAsync(""));
    }

    private async Task<Status> CheckAsync(string service) =>
        (await _channel.UnaryAsync(HealthService.Check, new HealthCheckRequest { Service = service }).WithinBound()).Status;

    private static async Task<Status> NextAsync(GrpcDuplexCall<HealthCheckRequest, HealthCheckResponse> call)
    {
        Assert.True(await call.NextAsync());
        return call.Current.Status;
    }
}
