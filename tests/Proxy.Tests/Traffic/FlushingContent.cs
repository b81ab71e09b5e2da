using System.Net;
using System.Threading.Channels;

namespace Mesh.Proxy.Tests.Traffic;

/// <summary>A request body that is sent piece by piece, each at once.</summary>
internal sealed class FlushingContent : HttpContent
{
    private readonly Channel<byte[]> _pieces = Channel.CreateUnbounded<byte[]>();

    public void Send(byte[] piece) => _pieces.Writer.TryWrite(piece);

    public void Finish() => _pieces.Writer.Complete();

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.FlushAsync();
        await foreach (var piece in _pieces.Reader.ReadAllAsync())
        {
            await stream.WriteAsync(piece);
            await stream.FlushAsync();
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
