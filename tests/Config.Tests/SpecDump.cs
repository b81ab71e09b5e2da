using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace Mesh.Config.Tests;

/// <summary>Prints an object with every field that is not absent, empty, false or zero, so that goldens show what was understood.</summary>
internal static class SpecDump
{
    internal static string Write(ConfigObject subject)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{subject.Key} ({subject.ApiVersion}) line {subject.Location.Line}\n");
        WriteFields(text, subject, 1, ["ApiVersion", "Key", "Location"]);
        return text.ToString();
    }

    private static void WriteFields(StringBuilder text, object value, int depth, string[] skipped)
    {
        foreach (
            var property in value
                .GetType()
                .GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .OrderBy(p => p.MetadataToken)
                .DistinctBy(p => p.Name)
        )
        {
            if (property.Name != "EqualityContract" && !skipped.Contains(property.Name))
            {
                var content = property.GetValue(value);
                // In a nullable field false and zero were written, which is another thing than absent.
                var written = content is not null && Nullable.GetUnderlyingType(property.PropertyType) is not null;
                WriteValue(text, property.Name, written && content is false or 0 or 0L or 0d ? $"({content})" : content, depth);
            }
        }
    }

    private static void WriteValue(StringBuilder text, string name, object? value, int depth)
    {
        var indent = new string(' ', depth * 2);
        switch (value)
        {
            case null or "" or false or 0 or 0L:
                break;
            case DateTimeOffset time:
                text.Append(CultureInfo.InvariantCulture, $"{indent}{name}: {time:O}\n");
                break;
            case string or bool or int or long or double or TimeSpan or byte:
                text.Append(CultureInfo.InvariantCulture, $"{indent}{name}: {value}\n");
                break;
            case Enum:
                text.Append(CultureInfo.InvariantCulture, $"{indent}{name}: {value}\n");
                break;
            case SourceLocation location:
                text.Append(CultureInfo.InvariantCulture, $"{indent}@{location.Line}\n");
                break;
            case Specs.StringMatchSpec match:
                text.Append($"{indent}{name}: {match.Kind} {match.Value}".TrimEnd() + "\n");
                break;
            case IDictionary map:
                foreach (DictionaryEntry entry in map)
                {
                    WriteValue(text, $"{name}[{entry.Key}]", entry.Value is "" or 0 ? $"({entry.Value})" : entry.Value, depth);
                }
                break;
            case IEnumerable list:
                var index = 0;
                foreach (var item in list)
                {
                    WriteValue(text, $"{name}[{index++}]", item, depth);
                }
                break;
            default:
                text.Append(CultureInfo.InvariantCulture, $"{indent}{name}:\n");
                WriteFields(text, value, depth + 1, []);
                break;
        }
    }
}
