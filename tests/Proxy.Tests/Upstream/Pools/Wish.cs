using System.Runtime.CompilerServices;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Tests.Upstream.Pools;

/// <summary>A wish for a connection: knows at once whether it is fulfilled, and can be awaited.</summary>
internal sealed class Wish(ValueTask<Rented> task)
{
    private Task<Rented>? _awaited;

    public bool IsCompleted => _awaited?.IsCompleted ?? task.IsCompleted;

    public TaskAwaiter<Rented> GetAwaiter() => (_awaited ??= task.AsTask()).GetAwaiter();
}
