using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Whether one comparison takes every value that another takes; says no where it cannot tell.</summary>
internal static class StringCoverage
{
    /// <param name="wideIgnoresCase">Whether <paramref name="wide"/> compares without regard to case.</param>
    public static bool Covers(StringMatch wide, StringMatch narrow, bool wideIgnoresCase = false, bool narrowIgnoresCase = false)
    {
        if (wide.Kind == StringMatchKind.Present || (wide.Kind == StringMatchKind.Regex && wide.Value == ".*"))
        {
            return true;
        }

        if (wide.Kind == StringMatchKind.Prefix && wide.Value.Length == 0)
        {
            return true;
        }

        // A comparison that ignores case takes more than one that does not; text without letters has no case.
        if (narrowIgnoresCase && !wideIgnoresCase && narrow.Kind is not StringMatchKind.Regex && narrow.Value.Any(char.IsLetter))
        {
            return false;
        }

        var comparison = wideIgnoresCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return (wide.Kind, narrow.Kind) switch
        {
            (StringMatchKind.Exact, StringMatchKind.Exact) => string.Equals(wide.Value, narrow.Value, comparison),
            (StringMatchKind.Prefix, StringMatchKind.Exact or StringMatchKind.Prefix) => narrow.Value.StartsWith(wide.Value, comparison),
            (StringMatchKind.Regex, StringMatchKind.Regex) => string.Equals(wide.Value, narrow.Value, StringComparison.Ordinal),
            (StringMatchKind.Regex, StringMatchKind.Exact) => IsLiteral(wide.Value) && wide.Value == narrow.Value,
            _ => false,
        };
    }

    private static bool IsLiteral(string regex) => regex.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '=' or ' ');
}
