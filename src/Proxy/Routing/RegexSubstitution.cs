using System.Text;
using System.Text.RegularExpressions;

namespace Mesh.Proxy.Routing;

/// <summary>An RE2 substitution taken apart: literal pieces and group numbers.</summary>
internal sealed class RegexSubstitution
{
    // A piece is a literal, or (null literal) a group.
    private readonly List<(byte[]? Literal, int Group)> _pieces = [];

    private RegexSubstitution() { }

    /// <summary>What is wrong with a substitution for a pattern with so many groups, null where nothing is.</summary>
    public static string? Check(string substitution, int groups)
    {
        for (var i = 0; i < substitution.Length; i++)
        {
            if (substitution[i] != '\\')
            {
                continue;
            }

            i++;
            if (i == substitution.Length || (substitution[i] != '\\' && !char.IsAsciiDigit(substitution[i])))
            {
                return $"'{substitution}' has a backslash before neither a digit nor a backslash; write \\1 for the first group or \\\\ for a backslash";
            }

            if (substitution[i] != '\\' && substitution[i] - '0' > groups)
            {
                return $"'{substitution}' uses group {substitution[i]}, but the pattern has only {groups}";
            }
        }

        return null;
    }

    /// <summary>Of a substitution that <see cref="Check"/> accepts.</summary>
    public static RegexSubstitution Parse(string substitution)
    {
        var parsed = new RegexSubstitution();
        var literal = new StringBuilder();
        for (var i = 0; i < substitution.Length; i++)
        {
            if (substitution[i] != '\\' || i + 1 == substitution.Length || !char.IsAsciiDigit(substitution[i + 1]))
            {
                i += substitution[i] == '\\' ? 1 : 0;
                literal.Append(i < substitution.Length ? substitution[i] : '\\');
                continue;
            }

            parsed.AddLiteral(literal);
            parsed._pieces.Add((null, substitution[++i] - '0'));
        }

        parsed.AddLiteral(literal);
        return parsed;
    }

    /// <param name="text">The bytes that were widened one by one for the match.</param>
    public void Write(Match match, ReadOnlySpan<byte> text, ref SpanWriter target)
    {
        foreach (var (literal, group) in _pieces)
        {
            target.Write(literal ?? text.Slice(match.Groups[group].Index, match.Groups[group].Length));
        }
    }

    private void AddLiteral(StringBuilder literal)
    {
        if (literal.Length > 0)
        {
            _pieces.Add((Encoding.UTF8.GetBytes(literal.ToString()), 0));
            literal.Clear();
        }
    }
}
