using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Tests.Generation;

/// <summary>Resources as YAML that people can read: the JSON form of protobuf with the fields' own names, packed messages opened.</summary>
internal static class ResourceYaml
{
    private static readonly JsonFormatter Json = new(
        JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true).WithTypeRegistry(AllTypes())
    );

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static IMessage Read(XdsResource resource) =>
        resource.TypeUrl switch
        {
            TypeUrls.Cluster => resource.Unpack(Pb.Cluster.Parser),
            TypeUrls.Endpoints => resource.Unpack(Pb.ClusterLoadAssignment.Parser),
            TypeUrls.Listener => resource.Unpack(Pb.Listener.Parser),
            TypeUrls.Route => resource.Unpack(Pb.RouteConfiguration.Parser),
            _ => throw new ArgumentException($"{resource} is of no known type"),
        };

    public static string Write(IEnumerable<XdsResource> resources)
    {
        var text = new StringBuilder();
        foreach (var resource in resources)
        {
            text.Append("--- # ").Append(TypeUrls.ShortName(resource.TypeUrl)).Append(' ').Append(resource.Name).Append('\n');
            using var document = JsonDocument.Parse(Json.Format(Read(resource)));
            Write(text, document.RootElement, 0, "");
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, JsonElement element, int depth, string lead)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var indent = lead;
                foreach (var property in element.EnumerateObject())
                {
                    text.Append(indent.Length > 0 ? indent : new string(' ', depth)).Append(Quoted(property.Name)).Append(':');
                    indent = "";
                    WriteValue(text, property.Value, depth);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    var dash = new string(' ', depth) + "- ";
                    if (item.ValueKind is JsonValueKind.Object && item.EnumerateObject().Any())
                    {
                        Write(text, item, depth + 2, dash);
                    }
                    else
                    {
                        text.Append(dash).Append(Scalar(item)).Append('\n');
                    }
                }

                break;
        }
    }

    private static void WriteValue(StringBuilder text, JsonElement value, int depth)
    {
        if (value.ValueKind is JsonValueKind.Object && value.EnumerateObject().Any())
        {
            text.Append('\n');
            Write(text, value, depth + 2, "");
        }
        else if (value.ValueKind is JsonValueKind.Array && value.GetArrayLength() > 0)
        {
            text.Append('\n');
            Write(text, value, depth, "");
        }
        else
        {
            text.Append(' ').Append(Scalar(value)).Append('\n');
        }
    }

    private static string Scalar(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Object => "{}",
            JsonValueKind.Array => "[]",
            JsonValueKind.String => Quoted(value.GetString()!),
            _ => value.GetRawText(),
        };

    private static string Quoted(string text) =>
        text.Length > 0
        && char.IsAsciiLetterOrDigit(text[0])
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/' or '|' or '~')
        && !char.IsAsciiDigit(text[0])
            ? text
            : JsonSerializer.Serialize(text, Readable);

    private static TypeRegistry AllTypes() =>
        TypeRegistry.FromFiles(
            typeof(Pb.Cluster)
                .Assembly.GetTypes()
                .Where(type => type.Name.EndsWith("Reflection", StringComparison.Ordinal))
                .Select(type => type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null))
                .OfType<FileDescriptor>()
        );
}
