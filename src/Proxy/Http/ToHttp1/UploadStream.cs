namespace Mesh.Proxy.Http.ToHttp1;

/// <summary>Where a request's content writes its body to; each piece is sent at once.</summary>
internal sealed class UploadStream(RequestUpload upload) : AsyncStream
{
    public override bool CanWrite => true;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        upload.WriteAsync(buffer);
}
