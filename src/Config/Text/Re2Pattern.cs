using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

// Compiled into both the reader of configuration and the proxy, which must not know each other; hence a namespace of its own.
namespace Mesh.Text;

/// <summary>Translates RE2 syntax to .NET patterns with RE2's meaning, or says why it cannot; used once per expression, never per request.</summary>
/// <remarks>
/// Syntax: github.com/google/re2/wiki/Syntax. Classes are ASCII as in RE2. Two differences remain, both beyond ASCII: <c>\b</c> counts
/// other letters as word characters, and <c>.</c> takes one UTF-16 unit. Named groups become numbered ones, because .NET numbers
/// named groups after all others and substitutions know only numbers.
/// </remarks>
internal static class Re2Pattern
{
    /// <summary>Longest expression accepted, in characters; Istio's limit.</summary>
    internal const int MaxLength = 1024;

    /// <summary>Options every translated pattern is made for.</summary>
    internal const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    /// <summary>Translates for matching a whole value.</summary>
    internal static bool TryTranslate(string re2, out string pattern, out string error)
    {
        var done = TryTranslateSearch(re2, out pattern, out _, out error);
        pattern = done ? $@"\A(?:{pattern})\z" : "";
        return done;
    }

    /// <summary>Translates for searching within a value; <paramref name="groups"/> counts the capturing groups.</summary>
    internal static bool TryTranslateSearch(string re2, out string pattern, out int groups, out string error)
    {
        (pattern, groups, error) = ("", 0, "");
        if (re2.Length > MaxLength)
        {
            error = $"has {re2.Length} characters, at most {MaxLength} are allowed";
            return false;
        }
        var translation = new Re2Translation(re2);
        if (!translation.Run())
        {
            error = translation.Error;
            return false;
        }
        (pattern, groups) = (translation.Pattern, translation.Groups);
        try
        {
            // Building the automaton costs about 2 ms. Only counted repetitions can make one from 1024 characters too large; for the rest
            // a parse is enough.
            _ = new Regex(pattern, translation.HasCounts ? Options : RegexOptions.CultureInvariant);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            // What is left for the engine to refuse is the size of the automaton.
            error = "is too large or too complex to be matched in linear time; make its repetitions smaller";
            return false;
        }
    }

    /// <summary>Translates a substitution: <c>\1</c> to <c>${1}</c>, with what is special to .NET escaped.</summary>
    internal static bool TryTranslateSubstitution(string rewrite, int groups, out string replacement, out string error)
    {
        (replacement, error) = ("", "");
        var text = new StringBuilder();
        for (var i = 0; i < rewrite.Length; i++)
        {
            if (rewrite[i] != '\\')
            {
                text.Append(rewrite[i] == '$' ? "$$" : rewrite[i].ToString());
                continue;
            }
            i++;
            if (i < rewrite.Length && rewrite[i] == '\\')
            {
                text.Append('\\');
            }
            else if (i < rewrite.Length && char.IsAsciiDigit(rewrite[i]))
            {
                if (rewrite[i] - '0' > groups)
                {
                    error = $@"uses group \{rewrite[i]}, the expression has {groups}";
                    return false;
                }
                text.Append(CultureInfo.InvariantCulture, $"${{{rewrite[i]}}}");
            }
            else
            {
                error = $@"has a backslash at position {i} that is not followed by a digit; write \\ for a backslash";
                return false;
            }
        }
        replacement = text.ToString();
        return true;
    }
}
