using System.Collections.Immutable;
using Microsoft.AspNetCore.Routing;
using Status = Mesh.Grpc.Health.HealthCheckResponse.Types.ServingStatus;

namespace Mesh.Grpc.Health;

/// <summary>The standard health service, <c>grpc.health.v1.Health</c>: what probes ask whether this server serves.</summary>
public sealed class HealthService
{
    private readonly Lock _changing = new();
    private volatile State _state = new(ImmutableDictionary<string, Status>.Empty.Add("", Status.Serving));

    /// <summary>The method that answers once.</summary>
    public static GrpcMethod<HealthCheckRequest, HealthCheckResponse> Check { get; } =
        new("/grpc.health.v1.Health/Check", HealthCheckRequest.Parser, HealthCheckResponse.Parser);

    /// <summary>The method that answers again after each change.</summary>
    public static GrpcMethod<HealthCheckRequest, HealthCheckResponse> Watch { get; } =
        new("/grpc.health.v1.Health/Watch", HealthCheckRequest.Parser, HealthCheckResponse.Parser);

    /// <summary>Sets the status of a service by its full name; the empty name is the server as a whole, which serves from the start.</summary>
    public void Set(string service, Status status)
    {
        ArgumentNullException.ThrowIfNull(service);
        Change(statuses => statuses.SetItem(service, status));
    }

    /// <summary>Everything this server knows turns to NOT_SERVING: the first step of a shutdown.</summary>
    public void Shutdown() => Change(statuses => statuses.ToImmutableDictionary(entry => entry.Key, _ => Status.NotServing));

    /// <summary>Serves both methods.</summary>
    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcUnary(Check, (request, _) => Task.FromResult(Answer(request.Service)));
        endpoints.MapGrpcDuplex(Watch, WatchAsync);
    }

    private HealthCheckResponse Answer(string service) =>
        _state.Statuses.TryGetValue(service, out var status)
            ? new HealthCheckResponse { Status = status }
            : throw new GrpcException(GrpcStatusCode.NotFound, $"this server has no service \"{service}\"");

    private async Task WatchAsync(GrpcServerStream<HealthCheckRequest, HealthCheckResponse> stream)
    {
        if (!await stream.MoveNextAsync())
        {
            throw new GrpcException(GrpcStatusCode.Unimplemented, $"{Watch.FullName} takes one request message and got none");
        }
        var service = stream.Current.Service;
        Status? sent = null;
        while (true)
        {
            var state = _state;
            var status = state.Statuses.GetValueOrDefault(service, Status.ServiceUnknown);
            if (status != sent)
            {
                await stream.WriteAsync(new HealthCheckResponse { Status = status });
                sent = status;
            }
            await state.Replaced.Task.WaitAsync(stream.Context.CancellationToken);
        }
    }

    private void Change(Func<ImmutableDictionary<string, Status>, ImmutableDictionary<string, Status>> change)
    {
        State old;
        lock (_changing)
        {
            old = _state;
            _state = new State(change(old.Statuses));
        }
        old.Replaced.SetResult();
    }

    private sealed class State(ImmutableDictionary<string, Status> statuses)
    {
        public ImmutableDictionary<string, Status> Statuses { get; } = statuses;

        // Watchers go on by themselves: a slow one must not hold up who changes a status.
        public TaskCompletionSource Replaced { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
