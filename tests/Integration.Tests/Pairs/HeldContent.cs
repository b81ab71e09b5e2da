using System.Net;

namespace Mesh.Integration.Tests.Pairs;

/// <summary>A body that sends its first part, then waits until it is released.</summary>
internal sealed class HeldContent(int firstPart) : HttpContent
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => _released.TrySetResult();

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.WriteAsync(new byte[firstPart]);
        await stream.FlushAsync();
        await _released.Task;
        await stream.WriteAsync(new byte[firstPart]);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 2L * firstPart;
        return true;
    }
}
