using System.Net;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Http;

/// <summary>The bytes of an extended CONNECT (RFC 8441): one HTTP/2 stream, read and written.</summary>
internal sealed class Http2Tunnel(Stream stream, Http2Attempt attempt) : UpstreamTransport
{
    private volatile bool _ended;

    public override IPEndPoint? LocalEndPoint => null;

    public override bool IsQuiet => false;

    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        try
        {
            return await stream.ReadAsync(buffer, attempt.Stopped);
        }
        catch (Exception error) when (_ended && error is OperationCanceledException or IOException)
        {
            return 0;
        }
    }

    public override async ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        await stream.WriteAsync(bytes, attempt.Stopped);
        await stream.FlushAsync(attempt.Stopped);
        return bytes.Length;
    }

    /// <summary>.NET cannot end one direction of such a stream, so both end: the client has closed, and nothing it would get matters.</summary>
    public override void ShutdownSend()
    {
        _ended = true;
        attempt.Abort();
    }

    public override void Abort() => attempt.Abort();

    public override void Dispose() => attempt.Abort();
}
