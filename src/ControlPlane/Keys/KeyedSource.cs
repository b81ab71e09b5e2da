using Mesh.ControlPlane.Sources;

namespace Mesh.ControlPlane.Keys;

/// <summary>A source of objects together with the keys that were fetched for them, so that one loop hears of both.</summary>
internal sealed class KeyedSource(IObjectSource objects, KeySetStore keys) : IObjectSource
{
    public async Task WaitForSignalAsync(CancellationToken cancellationToken)
    {
        using var heard = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var first = await Task.WhenAny(objects.WaitForSignalAsync(heard.Token), keys.Changed.WaitAsync(heard.Token));
        await first;
        await heard.CancelAsync();
    }

    public void Hush()
    {
        objects.Hush();
        keys.Changed.Reset();
    }

    public async Task<SourceState> ReadAsync(CancellationToken cancellationToken)
    {
        // Before the keys are read: what changes later is heard again.
        keys.Changed.Reset();
        var state = await objects.ReadAsync(cancellationToken);
        return state with { Keys = keys.Current };
    }
}
