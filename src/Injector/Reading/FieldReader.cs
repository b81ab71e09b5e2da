using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Config.Reading;

namespace Mesh.Injector.Reading;

/// <summary>Reads one JSON object strictly: a value of another type, and a name that nobody asked for, is a problem.</summary>
internal sealed class FieldReader(JsonObject source, string path, List<InjectionProblem> problems)
{
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    /// <summary>Where a field is, for messages.</summary>
    public string PathOf(string name) => path.Length == 0 ? name : $"{path}.{name}";

    public void Report(string name, string message) => problems.Add(new(PathOf(name), message));

    /// <summary>Whether the field is written, and not as null.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>A field that is accepted and passed on as it is.</summary>
    public JsonNode? Raw(string name) => Find(name);

    public string? Text(string name) =>
        Find(name) is not { } value ? null
        : value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>()
        : Wrong(name, value, "a text; put it in quotes");

    public bool? Switch(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (value.GetValueKind() is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetValue<bool>();
        }

        Wrong(name, value, "true or false");
        return null;
    }

    public int? Integer(string name, int least, int most)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (JsonNumber.Whole(value) is { } read && read >= least && read <= most)
        {
            return read;
        }

        Wrong(name, value, $"a whole number from {least} to {most}");
        return null;
    }

    public TimeSpan? Duration(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (DurationText.TryParse(text, out var duration, out var wrong))
        {
            return duration;
        }

        Report(name, $"\"{text}\" {wrong}");
        return null;
    }

    /// <summary>One of the names of an enum, in upper case.</summary>
    public T? OneOf<T>(string name)
        where T : struct, Enum
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        foreach (var value in Enum.GetValues<T>())
        {
            if (string.Equals(value.ToString(), text, StringComparison.OrdinalIgnoreCase) && !text.Any(char.IsAsciiLetterLower))
            {
                return value;
            }
        }

        Report(name, $"\"{text}\" is none of {string.Join(", ", Enum.GetNames<T>().Select(n => n.ToUpperInvariant()))}");
        return null;
    }

    /// <summary>Null where it is not written.</summary>
    public ImmutableArray<string>? Texts(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (value is JsonArray list && list.All(item => item?.GetValueKind() == JsonValueKind.String))
        {
            return [.. list.Select(item => item!.GetValue<string>())];
        }

        Wrong(name, value, "a list of texts");
        return null;
    }

    /// <summary>Null where it is not written; numbers and booleans are taken as they are written.</summary>
    public ImmutableSortedDictionary<string, string>? Map(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (value is JsonObject map && map.All(entry => entry.Value is JsonValue))
        {
            return map.ToImmutableSortedDictionary(entry => entry.Key, entry => entry.Value!.ToString(), StringComparer.Ordinal);
        }

        Wrong(name, value, "an object of texts");
        return null;
    }

    public FieldReader? Inner(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (value is JsonObject inner)
        {
            return new(inner, PathOf(name), problems);
        }

        Wrong(name, value, "an object");
        return null;
    }

    public IReadOnlyList<FieldReader> List(string name)
    {
        if (Find(name) is not { } value)
        {
            return [];
        }

        if (value is JsonArray list && list.All(item => item is JsonObject))
        {
            return [.. list.Select((item, index) => new FieldReader((JsonObject)item!, $"{PathOf(name)}[{index}]", problems))];
        }

        Wrong(name, value, "a list of objects");
        return [];
    }

    /// <summary>Reports every name that nobody asked for.</summary>
    public void End()
    {
        foreach (var (name, _) in source)
        {
            if (!_asked.Contains(name))
            {
                var near = NearestName.Find(name, _asked.Order(StringComparer.Ordinal));
                Report(name, near is null ? "is unknown" : $"is unknown; did you mean {near}?");
            }
        }
    }

    private JsonNode? Find(string name)
    {
        _asked.Add(name);
        return source[name];
    }

    private string? Wrong(string name, JsonNode value, string expected)
    {
        Report(name, $"{Shown.Short(value.ToJsonString())} is not {expected}");
        return null;
    }
}
