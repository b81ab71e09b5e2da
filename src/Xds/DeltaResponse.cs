using System.Buffers;
using System.Collections.Immutable;

namespace Mesh.Xds;

/// <summary>A <c>DeltaDiscoveryResponse</c> around cached resource bytes, which are neither serialised again nor copied.</summary>
public sealed record DeltaResponse(
    string TypeUrl,
    string SystemVersion,
    string Nonce,
    ImmutableArray<XdsResource> Resources,
    ImmutableArray<string> Removed
)
{
    /// <summary>Names the sending process in the client's logs; may be empty.</summary>
    public string ControlPlane { get; init; } = "";

    /// <summary>The message as it goes onto the wire.</summary>
    public ReadOnlySequence<byte> ToSequence()
    {
        var size =
            ProtoWriter.SizeOfStringUnlessEmpty(1, SystemVersion)
            + ProtoWriter.SizeOfStringUnlessEmpty(4, TypeUrl)
            + ProtoWriter.SizeOfStringUnlessEmpty(5, Nonce)
            + ResponseParts.SizeOfControlPlane(7, ControlPlane);
        foreach (var resource in Resources)
        {
            size +=
                ProtoWriter.SizeOfHeader(2, SizeOfEntry(resource))
                + SizeOfEntry(resource)
                - resource.AnyBytes.Length
                + ResponseBytes.OwnSizeOf(resource.AnyBytes);
        }
        foreach (var name in Removed)
        {
            size += ProtoWriter.SizeOfString(6, name);
        }

        var bytes = new ResponseBytes(size);
        var writer = bytes.Writer();
        writer.WriteStringUnlessEmpty(1, SystemVersion);
        bytes.Advance(writer);
        foreach (var resource in Resources)
        {
            writer = bytes.Writer();
            writer.WriteHeader(2, SizeOfEntry(resource));
            writer.WriteString(1, resource.Version);
            writer.WriteHeader(2, resource.AnyBytes.Length);
            bytes.Advance(writer);
            bytes.AppendBody(resource.AnyBytes);
            writer = bytes.Writer();
            writer.WriteString(3, resource.Name);
            bytes.Advance(writer);
        }
        writer = bytes.Writer();
        writer.WriteStringUnlessEmpty(4, TypeUrl);
        writer.WriteStringUnlessEmpty(5, Nonce);
        foreach (var name in Removed)
        {
            writer.WriteString(6, name);
        }
        ResponseParts.WriteControlPlane(ref writer, 7, ControlPlane);
        bytes.Advance(writer);
        return bytes.ToSequence();
    }

    /// <summary>Size of one <c>Resource</c> message.</summary>
    private static int SizeOfEntry(XdsResource resource) =>
        ProtoWriter.SizeOfString(1, resource.Version)
        + ProtoWriter.SizeOfBytes(2, resource.AnyBytes.Length)
        + ProtoWriter.SizeOfString(3, resource.Name);
}
