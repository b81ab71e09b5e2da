using System.Collections.Immutable;
using System.Security.Cryptography;
using Google.Protobuf;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>One virtual host, serialised and hashed once, and shared by the route configurations of all clients to whom it says the same.</summary>
/// <param name="Bytes">Empty for none.</param>
internal sealed record HostPart(ByteString Bytes, ImmutableArray<byte> Hash, bool HasLargeBody)
{
    public static HostPart None { get; } = new(ByteString.Empty, [], false);

    public static HostPart Of(Pb.VirtualHost host, bool hasLargeBody)
    {
        var bytes = new byte[host.CalculateSize()];
        using var output = new CodedOutputStream(bytes) { Deterministic = true };
        host.WriteTo(output);
        output.CheckNoSpaceLeft();
        return new(UnsafeByteOperations.UnsafeWrap(bytes), [.. SHA256.HashData(bytes)], hasLargeBody);
    }
}
