namespace Mesh.Proxy.Routing;

/// <summary>The position in one rule's sequence of picks; survives configuration swaps so that shares stay smooth across them.</summary>
internal sealed class PickState
{
    private uint _position;

    /// <summary>One atomic add.</summary>
    public uint Next() => Interlocked.Increment(ref _position);
}
