using System.Globalization;
using System.Text.RegularExpressions;

namespace Mesh.Config.Reading;

/// <summary>A text, number, boolean or null.</summary>
internal sealed partial class ScalarNode(int line, string text, ScalarKind kind) : Node(line)
{
    private const int MaxShown = 60;

    internal string Text { get; } = text;

    internal ScalarKind Kind { get; } = kind;

    /// <summary>Where the text itself begins: of a YAML block, the line after its <c>|</c>.</summary>
    internal int ContentLine { get; init; } = line;

    internal bool IsTrue => Text is "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON";

    /// <summary>The kind that an unquoted YAML scalar has; YAML 1.1's yes, no, on and off are booleans, because kubectl reads them so.</summary>
    internal static ScalarKind KindOfPlain(string text) =>
        text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => ScalarKind.Null,
            "true" or "True" or "TRUE" or "false" or "False" or "FALSE" => ScalarKind.Boolean,
            "yes" or "Yes" or "YES" or "no" or "No" or "NO" or "on" or "On" or "ON" or "off" or "Off" or "OFF" => ScalarKind.Boolean,
            _ => NumberPattern().IsMatch(text) ? ScalarKind.Number : ScalarKind.Text,
        };

    internal bool TryNumber(out double value) =>
        double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    internal override string Describe() =>
        Kind switch
        {
            ScalarKind.Null => "empty",
            ScalarKind.Boolean => $"the boolean {Text}",
            ScalarKind.Number => $"the number {Shorten(Text)}",
            _ => $"the text \"{Shorten(Text)}\"",
        };

    internal static string Shorten(string text) => text.Length <= MaxShown ? text : text[..MaxShown] + "…";

    [GeneratedRegex(@"\A[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z|\A0x[0-9a-fA-F]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex NumberPattern();
}
