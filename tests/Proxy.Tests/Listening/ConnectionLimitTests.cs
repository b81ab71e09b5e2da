using Mesh.Listening;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Proxy.Tests.Listening;

public sealed class ConnectionLimitTests
{
    private int _closed;

    [Fact]
    public async Task Where_connections_last_one_too_many_is_refused()
    {
        var held = new Held(new ConnectionLimit(2, replacesOldest: false, () => _closed++));
        var first = held.Open();
        var second = held.Open();
        var third = held.Open();

        Assert.True(third.IsClosed);
        Assert.False(first.IsClosed || second.IsClosed);
        Assert.Equal(1, _closed);

        await first.LeaveAsync();
        Assert.False(held.Open().IsClosed);
    }

    [Fact]
    public async Task Where_they_are_short_the_oldest_makes_room()
    {
        var held = new Held(new ConnectionLimit(2, replacesOldest: true, () => _closed++));
        var first = held.Open();
        var second = held.Open();
        var third = held.Open();

        Assert.True(first.IsClosed);
        Assert.False(second.IsClosed || third.IsClosed);
        Assert.Equal(1, _closed);

        // Its end frees no second place.
        await first.LeaveAsync();
        held.Open();
        Assert.True(second.IsClosed);
        Assert.False(third.IsClosed);
    }

    private sealed class Held
    {
        private readonly ConnectionDelegate _guarded;

        public Held(ConnectionLimit limit) => _guarded = limit.Guard(connection => ((TaskCompletionSource)connection.Items["end"]!).Task);

        public One Open()
        {
            var connection = new Watched();
            var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            connection.Items["end"] = end;
            return new(connection, end, _guarded(connection));
        }
    }

    private sealed class Watched : DefaultConnectionContext
    {
        public bool IsAborted { get; private set; }

        public override void Abort(ConnectionAbortedException abortReason) => IsAborted = true;
    }

    private sealed record One(Watched Connection, TaskCompletionSource End, Task Running)
    {
        public bool IsClosed => Connection.IsAborted;

        public Task LeaveAsync()
        {
            End.TrySetResult();
            return Running;
        }
    }
}
