using System.Collections.Concurrent;
using Mesh.Proxy.Configuration;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Proxy.Http;

/// <summary>All HTTP/1.1 connections of one side of the proxy, to drain them together.</summary>
internal sealed class Http1Codec(Http1Services services)
{
    private readonly ConcurrentDictionary<Http1Connection, Task> _connections = new();
    private volatile bool _draining;

    /// <summary>Hands a connection over; false once the codec drains, and the connection is still the caller's.</summary>
    public bool TryTake(ConnectionContext connection)
    {
        if (_draining)
        {
            return false;
        }

        var served = new Http1Connection(connection, services);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _connections[served] = ended.Task;
        if (_draining)
        {
            served.Drain();
        }

        _ = ServeAsync(served, ended);
        return true;
    }

    /// <summary>Ends the connections that the configuration does not take any more, each with its request's answer.</summary>
    public void DrainRefused(ProxyConfig config)
    {
        foreach (var (connection, _) in _connections)
        {
            if (connection.Target.IsRefusedBy(config))
            {
                connection.Drain();
            }
        }
    }

    /// <summary>
    /// Takes no new connections and ends the others with their next response, or soon where no request comes; cuts what is left when
    /// <paramref name="limit"/> is cancelled.
    /// </summary>
    public async Task DrainAsync(CancellationToken limit)
    {
        _draining = true;
        foreach (var (connection, _) in _connections)
        {
            connection.Drain();
        }

        using var cut = limit.UnsafeRegister(static codec => ((Http1Codec)codec!).Cut(), this);
        while (!_connections.IsEmpty)
        {
            await Task.WhenAll(_connections.Values);
        }
    }

    private void Cut()
    {
        foreach (var (connection, _) in _connections)
        {
            connection.Cut();
        }
    }

    private async Task ServeAsync(Http1Connection connection, TaskCompletionSource ended)
    {
        await connection.RunAsync();
        connection.Target.Place?.Dispose();
        _connections.TryRemove(connection, out _);
        ended.SetResult();
    }
}
