using System.Collections;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Mesh.ControlPlane.Model;

/// <summary>A snapshot as text: the same snapshot always gives the same text. What is empty is left out, so that the rest can be read.</summary>
internal static class SnapshotDump
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        IndentSize = 2,
        Converters =
        {
            new JsonStringEnumConverter(),
            new TextConverter<SourceRef>(source => source.ToString()),
            new TextConverter<TimeSpan>(Duration),
            new TextConverter<StringMatch>(match => $"{match.Kind}: {match.Value}"),
            new TextConverter<HostImport>(import => $"{import.Namespace}/{import.Host}"),
            new TextConverter<Visibility>(visibility => visibility.Everyone ? "*" : string.Join(", ", visibility.Namespaces)),
            new TextConverter<Locality>(locality => string.Join('/', locality.Region, locality.Zone, locality.SubZone).TrimEnd('/')),
            new MapConverter<Labels>(labels => labels.Values),
            new MapConverter<NamedMatch>(match => [KeyValuePair.Create(match.Name, $"{match.Value.Kind}: {match.Value.Value}")]),
            new MapConverter<KeyValuePair<string, string>>(pair => [pair]),
        },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { Describe } },
    };

    /// <summary>The snapshot as a JSON tree.</summary>
    public static JsonNode ToJson(MeshSnapshot snapshot) => JsonSerializer.SerializeToNode(snapshot, Options)!;

    /// <summary>The snapshot as YAML.</summary>
    public static string ToYaml(MeshSnapshot snapshot) => YamlText.Write(ToJson(snapshot));

    private static void Describe(JsonTypeInfo type)
    {
        if (type.Type == typeof(RuleAction))
        {
            type.PolymorphismOptions = new JsonPolymorphismOptions
            {
                TypeDiscriminatorPropertyName = "does",
                DerivedTypes =
                {
                    new(typeof(RuleAction.Forward), "forward"),
                    new(typeof(RuleAction.Redirect), "redirect"),
                    new(typeof(RuleAction.DirectResponse), "answer"),
                    new(typeof(RuleAction.Invalid), "fail"),
                },
            };
        }

        foreach (var property in type.Properties)
        {
            // Workloads have a list of their own; endpoints name them.
            if (type.Type == typeof(ServiceEndpoint) && property.PropertyType == typeof(Workload))
            {
                property.CustomConverter = new TextConverter<Workload>(workload => $"{workload.Namespace}/{workload.Name}");
            }

            if (type.Type == typeof(RuleAction.DirectResponse) && property.Name == "body")
            {
                property.CustomConverter = new TextConverter<System.Collections.Immutable.ImmutableArray<byte>>(body =>
                    System.Text.Encoding.UTF8.GetString(body.AsSpan())
                );
            }

            if (type.Type == typeof(TrafficPolicy) || type.Type == typeof(HeaderOperations) || property.PropertyType != typeof(string))
            {
                property.ShouldSerialize = static (_, value) => !IsEmpty(value);
            }
            else
            {
                property.ShouldSerialize = static (_, value) => value is string { Length: > 0 };
            }

            if (property.Name == "isEmpty")
            {
                property.ShouldSerialize = static (_, _) => false;
            }
        }
    }

    private static bool IsEmpty(object? value) =>
        value switch
        {
            null or false => true,
            Labels labels => labels.Values.IsEmpty,
            HeaderOperations operations => operations.IsEmpty,
            TrafficPolicy policy => policy == TrafficPolicy.None,
            Locality locality => locality == Locality.Unknown,
            Visibility { Everyone: true } => true,
            TokenSet { Policies.IsEmpty: true } => true,
            AccessSet { Policies.IsEmpty: true, Providers.IsEmpty: true } => true,
            string => false,
            ICollection { Count: 0 } => true,
            _ => false,
        };

    private static string Duration(TimeSpan value) => $"{value.TotalSeconds:0.###}s";

    /// <summary>Writes a value as one line of text.</summary>
    private sealed class TextConverter<T>(Func<T, string> text) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("a dump is not read back");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(text(value));
    }

    /// <summary>Writes a value as a map of text.</summary>
    private sealed class MapConverter<T>(Func<T, IEnumerable<KeyValuePair<string, string>>> pairs) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("a dump is not read back");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            foreach (var (name, text) in pairs(value))
            {
                writer.WriteString(name, text);
            }

            writer.WriteEndObject();
        }
    }
}
