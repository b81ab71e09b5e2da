using System.Collections.Immutable;
using Google.Protobuf;

namespace Mesh.Xds;

/// <summary>The small parts that both kinds of response share; errors are rare, so they take the ordinary serialiser.</summary>
internal static class ResponseParts
{
    public static int SizeOfControlPlane(int field, string identifier) =>
        identifier.Length == 0 ? 0 : ProtoWriter.SizeOfBytes(field, ProtoWriter.SizeOfString(1, identifier));

    public static void WriteControlPlane(ref ProtoWriter writer, int field, string identifier)
    {
        if (identifier.Length > 0)
        {
            writer.WriteHeader(field, ProtoWriter.SizeOfString(1, identifier));
            writer.WriteString(1, identifier);
        }
    }

    public static int SizeOfErrors(int field, ImmutableArray<ResponseError> errors)
    {
        var size = 0;
        foreach (var error in errors)
        {
            size += ProtoWriter.SizeOfBytes(field, Message(error).CalculateSize());
        }
        return size;
    }

    public static void WriteErrors(ref ProtoWriter writer, int field, ImmutableArray<ResponseError> errors)
    {
        foreach (var error in errors)
        {
            writer.WriteBytes(field, Message(error).ToByteArray());
        }
    }

    private static Pb.ResourceError Message(ResponseError error) =>
        new()
        {
            ResourceName = new Pb.ResourceName { Name = error.Name },
            ErrorDetail = new Pb.Status { Code = error.Code, Message = error.Message },
        };
}
