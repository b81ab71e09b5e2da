using System.Text;
using System.Text.Json;

namespace Mesh.Kubernetes;

/// <summary>One object as JSON, with apiVersion and kind, and what every reader needs of its metadata.</summary>
public sealed class KubernetesObject
{
    private KubernetesObject(ReadOnlyMemory<byte> json, string? ns, string name, string uid, string resourceVersion)
    {
        Json = json;
        Namespace = ns;
        Name = name;
        Uid = uid;
        ResourceVersion = resourceVersion;
    }

    /// <summary>UTF-8, owned by this object.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>Null for kinds without one.</summary>
    public string? Namespace { get; }

    /// <summary><c>metadata.name</c></summary>
    public string Name { get; }

    /// <summary>Empty for an object that no server has seen.</summary>
    public string Uid { get; }

    /// <summary>Opaque; only equality means something. Empty for an object that no server has seen.</summary>
    public string ResourceVersion { get; }

    /// <summary><c>namespace/name</c>, or the name alone.</summary>
    public string Key => Namespace is null ? Name : $"{Namespace}/{Name}";

    /// <summary>Copies one object out of a response. Built-in kinds come without apiVersion and kind inside of lists; they get them back.</summary>
    /// <exception cref="JsonException">It is no object, or has no <c>metadata.name</c>.</exception>
    public static KubernetesObject Read(ReadOnlySpan<byte> json, ApiResource resource)
    {
        var typed = false;
        (string? Namespace, string? Name, string Uid, string Version) metadata = (null, null, "", "");
        var reader = new Utf8JsonReader(json, JsonLimits.Reader);
        Expect(reader.Read() && reader.TokenType == JsonTokenType.StartObject, "is no JSON object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("kind"u8))
            {
                typed = true;
            }

            if (reader.ValueTextEquals("metadata"u8))
            {
                reader.Read();
                metadata = Metadata(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        Expect(metadata.Name is not null, "has no metadata.name");
        return new(
            typed ? json.ToArray() : WithType(json, resource),
            resource.Namespaced ? metadata.Namespace : null,
            metadata.Name!,
            metadata.Uid,
            metadata.Version
        );
    }

    private static (string? Namespace, string? Name, string Uid, string Version) Metadata(ref Utf8JsonReader reader)
    {
        string? ns = null;
        string? name = null;
        string uid = "";
        string version = "";
        Expect(reader.TokenType == JsonTokenType.StartObject, "has metadata that is no object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var property =
                reader.ValueTextEquals("namespace"u8) ? 1
                : reader.ValueTextEquals("name"u8) ? 2
                : reader.ValueTextEquals("uid"u8) ? 3
                : reader.ValueTextEquals("resourceVersion"u8) ? 4
                : 0;
            reader.Read();
            if (property == 0 || reader.TokenType != JsonTokenType.String)
            {
                reader.Skip();
                continue;
            }

            var value = reader.GetString()!;
            switch (property)
            {
                case 1:
                    ns = value;
                    break;
                case 2:
                    name = value;
                    break;
                case 3:
                    uid = value;
                    break;
                default:
                    version = value;
                    break;
            }
        }

        return (ns, name, uid, version);
    }

    private static byte[] WithType(ReadOnlySpan<byte> json, ApiResource resource)
    {
        var head = Encoding.UTF8.GetBytes($"{{\"apiVersion\":\"{resource.ApiVersion}\",\"kind\":\"{resource.Kind}\",");
        var rest = json[(json.IndexOf((byte)'{') + 1)..];
        var whole = new byte[head.Length + rest.Length];
        head.CopyTo(whole, 0);
        rest.CopyTo(whole.AsSpan(head.Length));
        return whole;
    }

    private static void Expect(bool holds, string problem)
    {
        if (!holds)
        {
            throw new JsonException($"An object of the API server {problem}.");
        }
    }
}
