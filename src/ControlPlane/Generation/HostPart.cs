using Google.Protobuf;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>One virtual host, serialised once and shared by the route configurations of all clients to whom it says the same.</summary>
/// <param name="Bytes">Empty for none.</param>
internal sealed record HostPart(ByteString Bytes, bool HasLargeBody)
{
    public static HostPart None { get; } = new(ByteString.Empty, false);

    public static HostPart Of(Pb.VirtualHost host, bool hasLargeBody)
    {
        var bytes = new byte[host.CalculateSize()];
        using var output = new CodedOutputStream(bytes) { Deterministic = true };
        host.WriteTo(output);
        output.CheckNoSpaceLeft();
        return new(UnsafeByteOperations.UnsafeWrap(bytes), hasLargeBody);
    }
}
