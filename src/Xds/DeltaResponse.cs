using System.Buffers;
using System.Collections.Immutable;

namespace Mesh.Xds;

/// <summary>A <c>DeltaDiscoveryResponse</c> that is written from cached resource bytes.</summary>
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

    /// <summary>Exact size in bytes.</summary>
    public int CalculateSize()
    {
        var size =
            ProtoWriter.SizeOfStringUnlessEmpty(1, SystemVersion)
            + ProtoWriter.SizeOfStringUnlessEmpty(4, TypeUrl)
            + ProtoWriter.SizeOfStringUnlessEmpty(5, Nonce)
            + ResponseParts.SizeOfControlPlane(7, ControlPlane);
        foreach (var resource in Resources)
        {
            size += ProtoWriter.SizeOfBytes(2, SizeOfEntry(resource));
        }
        foreach (var name in Removed)
        {
            size += ProtoWriter.SizeOfString(6, name);
        }
        return size;
    }

    /// <summary>Writes the message in one piece.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var writer = new ProtoWriter(output.GetSpan(CalculateSize()));
        writer.WriteStringUnlessEmpty(1, SystemVersion);
        foreach (var resource in Resources)
        {
            writer.WriteHeader(2, SizeOfEntry(resource));
            writer.WriteString(1, resource.Version);
            writer.WriteBytes(2, resource.AnyBytes.Span);
            writer.WriteString(3, resource.Name);
        }
        writer.WriteStringUnlessEmpty(4, TypeUrl);
        writer.WriteStringUnlessEmpty(5, Nonce);
        foreach (var name in Removed)
        {
            writer.WriteString(6, name);
        }
        ResponseParts.WriteControlPlane(ref writer, 7, ControlPlane);
        output.Advance(writer.Position);
    }

    /// <summary>Size of one <c>Resource</c> message.</summary>
    private static int SizeOfEntry(XdsResource resource) =>
        ProtoWriter.SizeOfString(1, resource.Version)
        + ProtoWriter.SizeOfBytes(2, resource.AnyBytes.Length)
        + ProtoWriter.SizeOfString(3, resource.Name);
}
