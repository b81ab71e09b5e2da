using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Http;

/// <summary>One attempt over .NET's HTTP/2 client, which is ended by cancelling it.</summary>
#pragma warning disable CA1001 // a source without a timer holds nothing, and who aborts late must not meet one that is disposed of
internal sealed class Http2Attempt : IAbortable
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _stop = new();

    public CancellationToken Stopped => _stop.Token;

    public void Abort() => _stop.Cancel();
}
