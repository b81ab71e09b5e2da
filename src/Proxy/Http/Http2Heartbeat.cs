using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Mesh.Proxy.Http;

/// <summary>
/// Keeps HTTP/2 connections ticking while the server stops. Kestrel ends its heartbeat first, and a connection that has been told to go away looks
/// only at a tick whether its last stream has ended; clients that wait to be closed would hold up a drain to its end.
/// </summary>
internal sealed class Http2Heartbeat(TimeProvider time)
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Relay, bool> _connections = new();

    /// <summary>Connection middleware: stands between a connection and the server's own heartbeat.</summary>
    public ConnectionDelegate Join(ConnectionDelegate next) =>
        async connection =>
        {
            var relay = new Relay(connection.Features.Get<IConnectionHeartbeatFeature>());
            connection.Features.Set<IConnectionHeartbeatFeature>(relay);
            _connections[relay] = true;
            try
            {
                await next(connection);
            }
            finally
            {
                _connections.TryRemove(relay, out _);
            }
        };

    /// <summary>Beats until <paramref name="stopping"/> has ended.</summary>
    public async Task BeatAsync(Task stopping)
    {
        while (!stopping.IsCompleted)
        {
            foreach (var (connection, _) in _connections)
            {
                connection.Tick();
            }

            using var enough = new CancellationTokenSource();
            await Task.WhenAny(stopping, Task.Delay(Beat, time, enough.Token));
            await enough.CancelAsync();
        }

        await stopping;
    }

    private sealed class Relay(IConnectionHeartbeatFeature? server) : IConnectionHeartbeatFeature
    {
        private readonly ConcurrentQueue<(Action<object> Action, object State)> _actions = new();

        public void OnHeartbeat(Action<object> action, object state)
        {
            _actions.Enqueue((action, state));
            server?.OnHeartbeat(action, state);
        }

        public void Tick()
        {
            foreach (var (action, state) in _actions)
            {
                action(state);
            }
        }
    }
}
