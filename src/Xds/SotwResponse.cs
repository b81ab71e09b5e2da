using System.Buffers;
using System.Collections.Immutable;

namespace Mesh.Xds;

/// <summary>
/// A state-of-the-world <c>DiscoveryResponse</c> around cached resource bytes: sending it neither serialises nor copies
/// the resources.
/// </summary>
public sealed record SotwResponse(string TypeUrl, string Version, string Nonce, ImmutableArray<XdsResource> Resources)
{
    /// <summary>Names the sending process in the client's logs; may be empty.</summary>
    public string ControlPlane { get; init; } = "";

    /// <summary>For clients that understand <c>resource_errors</c>.</summary>
    public ImmutableArray<ResponseError> Errors { get; init; } = [];

    /// <summary>The message as it goes onto the wire.</summary>
    public ReadOnlySequence<byte> ToSequence()
    {
        var size =
            ProtoWriter.SizeOfStringUnlessEmpty(1, Version)
            + ProtoWriter.SizeOfStringUnlessEmpty(4, TypeUrl)
            + ProtoWriter.SizeOfStringUnlessEmpty(5, Nonce)
            + ResponseParts.SizeOfControlPlane(6, ControlPlane)
            + ResponseParts.SizeOfErrors(7, Errors);
        foreach (var resource in Resources)
        {
            size += ProtoWriter.SizeOfHeader(2, resource.AnyBytes.Length) + ResponseBytes.OwnSizeOf(resource.AnyBytes);
        }

        var bytes = new ResponseBytes(size);
        var writer = bytes.Writer();
        writer.WriteStringUnlessEmpty(1, Version);
        bytes.Advance(writer);
        foreach (var resource in Resources)
        {
            writer = bytes.Writer();
            writer.WriteHeader(2, resource.AnyBytes.Length);
            bytes.Advance(writer);
            bytes.AppendBody(resource.AnyBytes);
        }
        writer = bytes.Writer();
        writer.WriteStringUnlessEmpty(4, TypeUrl);
        writer.WriteStringUnlessEmpty(5, Nonce);
        ResponseParts.WriteControlPlane(ref writer, 6, ControlPlane);
        ResponseParts.WriteErrors(ref writer, 7, Errors);
        bytes.Advance(writer);
        return bytes.ToSequence();
    }
}
