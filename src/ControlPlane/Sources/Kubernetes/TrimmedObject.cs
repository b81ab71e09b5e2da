using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Mesh.Kubernetes;

namespace Mesh.ControlPlane.Sources.Kubernetes;

/// <summary>
/// What of an object can matter to the mesh. What changes without meaning (versions, owners of fields, heartbeats, the status that we write
/// ourselves) is left out, so that it changes nothing that follows.
/// </summary>
/// <param name="Json">UTF-8.</param>
/// <param name="Status">The status as it stands, of mesh kinds only; empty where there is none.</param>
/// <param name="Generation">Of its spec; 0 where the kind has none.</param>
internal sealed record TrimmedObject(ReadOnlyMemory<byte> Json, ReadOnlyMemory<byte> Status, long Generation)
{
    /// <summary>Equal where the object means the same.</summary>
    public UInt128 Digest { get; } = MemoryMarshal.Read<UInt128>(SHA256.HashData(Json.Span));

    /// <param name="isMeshKind">We write its status.</param>
    /// <exception cref="JsonException">It is no object.</exception>
    public static TrimmedObject Of(ReadOnlySpan<byte> json, string kind, bool isMeshKind)
    {
        var output = new ArrayBufferWriter<byte>(json.Length);
        byte[] status = [];
        var generation = 0L;
        using (var writer = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true }))
        {
            var reader = new Utf8JsonReader(json, JsonLimits.Reader);
            reader.Read();
            writer.WriteStartObject();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                reader.Read();
                if (name == "status" && (isMeshKind || kind is "Node" or "Service"))
                {
                    var seen = Skip(ref reader, json);
                    status = isMeshKind ? seen.ToArray() : [];
                    continue;
                }

                writer.WritePropertyName(name);
                if (reader.TokenType == JsonTokenType.StartObject && name is "metadata" or "status")
                {
                    WriteParts(ref reader, json, writer, name, kind, ref generation);
                }
                else
                {
                    writer.WriteRawValue(Skip(ref reader, json), skipInputValidation: true);
                }
            }

            writer.WriteEndObject();
        }

        return new(output.WrittenMemory.ToArray(), status, generation);
    }

    /// <inheritdoc/>
    public override string ToString() => Encoding.UTF8.GetString(Json.Span);

    private static void WriteParts(
        ref Utf8JsonReader reader,
        ReadOnlySpan<byte> json,
        Utf8JsonWriter writer,
        string parent,
        string kind,
        ref long generation
    )
    {
        writer.WriteStartObject();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (name == "generation" && reader.TokenType == JsonTokenType.Number)
            {
                _ = reader.TryGetInt64(out generation);
            }

            var value = Skip(ref reader, json);
            if (Matters(kind, parent, name))
            {
                writer.WritePropertyName(name);
                writer.WriteRawValue(value, skipInputValidation: true);
            }
        }

        writer.WriteEndObject();
    }

    private static bool Matters(string kind, string parent, string name) =>
        (kind, parent) switch
        {
            (_, "metadata") => name is not ("managedFields" or "resourceVersion"),
            ("Pod", _) => name is "podIP" or "podIPs" or "phase" or "conditions",
            _ => true,
        };

    private static ReadOnlySpan<byte> Skip(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return json[start..(int)reader.BytesConsumed];
    }
}
