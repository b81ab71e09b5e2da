using System.Buffers;
using System.Collections.Immutable;

namespace Mesh.Xds;

/// <summary>
/// A state-of-the-world <c>DiscoveryResponse</c> that is written from cached resource bytes: sending it costs a copy,
/// never a serialisation of the resources.
/// </summary>
public sealed record SotwResponse(string TypeUrl, string Version, string Nonce, ImmutableArray<XdsResource> Resources)
{
    /// <summary>Names the sending process in the client's logs; may be empty.</summary>
    public string ControlPlane { get; init; } = "";

    /// <summary>For clients that understand <c>resource_errors</c>.</summary>
    public ImmutableArray<ResponseError> Errors { get; init; } = [];

    /// <summary>Exact size in bytes.</summary>
    public int CalculateSize()
    {
        var size =
            ProtoWriter.SizeOfStringUnlessEmpty(1, Version)
            + ProtoWriter.SizeOfStringUnlessEmpty(4, TypeUrl)
            + ProtoWriter.SizeOfStringUnlessEmpty(5, Nonce);
        foreach (var resource in Resources)
        {
            size += ProtoWriter.SizeOfBytes(2, resource.AnyBytes.Length);
        }
        return size + ResponseParts.SizeOfControlPlane(6, ControlPlane) + ResponseParts.SizeOfErrors(7, Errors);
    }

    /// <summary>Writes the message in one piece.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var size = CalculateSize();
        var writer = new ProtoWriter(output.GetSpan(size));
        writer.WriteStringUnlessEmpty(1, Version);
        foreach (var resource in Resources)
        {
            writer.WriteBytes(2, resource.AnyBytes.Span);
        }
        writer.WriteStringUnlessEmpty(4, TypeUrl);
        writer.WriteStringUnlessEmpty(5, Nonce);
        ResponseParts.WriteControlPlane(ref writer, 6, ControlPlane);
        ResponseParts.WriteErrors(ref writer, 7, Errors);
        output.Advance(writer.Position);
    }
}
