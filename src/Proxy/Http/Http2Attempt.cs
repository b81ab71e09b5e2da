using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Http;

/// <summary>One attempt over .NET's HTTP/2 client, which is ended by cancelling it.</summary>
internal sealed class Http2Attempt : IAbortable, IDisposable
{
    private readonly CancellationTokenSource _stop;

    public Http2Attempt()
    {
        _stop = new CancellationTokenSource();
        Stopped = _stop.Token;
    }

    public CancellationToken Stopped { get; }

    public void Abort() => _stop.Cancel();

    public void Dispose() => _stop.Dispose();
}
