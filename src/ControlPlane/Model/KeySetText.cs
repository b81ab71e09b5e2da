using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Mesh.ControlPlane.Model;

/// <summary>JWK sets on their way to proxies: only what verifies signatures goes on, so that a private key that somebody published by mistake stays here.</summary>
internal static class KeySetText
{
    /// <summary>Verifies nothing: for issuers whose keys are not known.</summary>
    public const string None = """{"keys":[]}""";

    private static readonly string[] Members = ["kty", "kid", "alg", "use", "key_ops", "n", "e", "crv", "x", "y"];

    /// <summary>The set with the public members of its RSA and EC keys; null, with the reason, where it has none.</summary>
    public static string? Clean(ReadOnlyMemory<byte> json, out string problem)
    {
        problem = "";
        try
        {
            using var document = JsonDocument.Parse(json);
            if (
                document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("keys", out var keys)
                || keys.ValueKind != JsonValueKind.Array
            )
            {
                problem = "the answer is no JWK set: it has no list of keys";
                return null;
            }

            var usable = keys.EnumerateArray().Where(IsUsable).ToList();
            if (usable.Count == 0)
            {
                problem = "the JWK set has no RSA or EC key";
                return null;
            }

            return Write(usable);
        }
        catch (JsonException)
        {
            problem = "the answer is not JSON";
            return null;
        }
    }

    private static bool IsUsable(JsonElement key) =>
        key.ValueKind == JsonValueKind.Object
        && key.TryGetProperty("kty", out var kind)
        && kind.ValueKind == JsonValueKind.String
        && (kind.ValueEquals("RSA") || kind.ValueEquals("EC"));

    private static string Write(List<JsonElement> keys)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("keys");
            foreach (var key in keys)
            {
                writer.WriteStartObject();
                foreach (var name in Members)
                {
                    if (key.TryGetProperty(name, out var value))
                    {
                        writer.WritePropertyName(name);
                        value.WriteTo(writer);
                    }
                }

                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
