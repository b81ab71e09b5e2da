using Mesh.Proxy.Routing;
using Mesh.Text;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: header options of one level (share, route, virtual host, table) as edits.</summary>
internal static class HeaderEditReader
{
    public static HeaderEdits Read(IReadOnlyList<Pb.HeaderValueOption> add, IEnumerable<string> remove, string field, ProblemList problems)
    {
        var removed = new List<string>(remove);
        var set = new List<HeaderEdit>();
        var added = new List<HeaderEdit>();
        for (var i = 0; i < add.Count; i++)
        {
            var option = add[i];
            using var inOption = problems.In($"{field}_to_add", i);
            var (name, value) = (option.Header?.Key ?? "", ValueOf(option));
            CheckName(name, "header.key", problems);
            if (value.AsSpan().ContainsAny('\r', '\n', '\0'))
            {
                problems.Add("header.value", $"of '{name}' has a line break or NUL in it");
            }

            var edit = EditOf(name, value, problems);

            // Envoy: an empty value takes the header away unless it is kept explicitly (keep_empty_value).
            var dropped = value.Length == 0 && !option.KeepEmptyValue;
            switch (ActionOf(option))
            {
                case Pb.HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd when dropped:
                    removed.Add(name);
                    break;
                case Pb.HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd:
                    set.Add(edit with { Kind = HeaderEditKind.Set });
                    break;
                case Pb.HeaderValueOption.Types.HeaderAppendAction.AppendIfExistsOrAdd when dropped:
                    break;
                case Pb.HeaderValueOption.Types.HeaderAppendAction.AppendIfExistsOrAdd:
                    added.Add(edit with { Kind = HeaderEditKind.Add });
                    break;
                default:
                    problems.Add("append_action", $"{option.AppendAction} is not supported");
                    break;
            }
        }

        foreach (var name in removed)
        {
            CheckName(name, $"{field}_to_remove", problems);
        }

        var edits = HeaderEdits.Create(removed, [], []).And(new([.. set, .. added]));
        return edits.IsEmpty ? HeaderEdits.None : edits;
    }

    // A host is rewritten, not edited, and takes no operators (Envoy, host_rewrite_literal).
    private static HeaderEdit EditOf(string name, string value, ProblemList problems)
    {
        var edit = new HeaderEdit(default, name.ToLowerInvariant(), value);
        if (!value.Contains('%', StringComparison.Ordinal) || edit.Name is "host" or ":authority")
        {
            return edit;
        }

        if (!FormatSyntax.TryParse(value, out var parts, out var error))
        {
            problems.Add("header.value", $"of '{name}' {error}");
            return edit;
        }

        // What is text after all (%%) costs no more than other text.
        return parts is [{ Operator: FormatOperator.Literal } only] ? edit with { Value = only.Text } : edit with { Format = new(parts) };
    }

    /// <summary>All levels in the order they are applied: the narrower one first (Envoy, custom request headers).</summary>
    public static HeaderEdits Join(params ReadOnlySpan<HeaderEdits> levels)
    {
        var edits = new List<HeaderEdit>();
        foreach (var level in levels)
        {
            edits.AddRange(level.Edits);
        }

        return edits.Count == 0 ? HeaderEdits.None : new HeaderEdits([.. edits]);
    }

    private static string ValueOf(Pb.HeaderValueOption option) =>
        option.Header is not { } header ? ""
        : header.RawValue.Length > 0 ? header.RawValue.ToStringUtf8()
        : header.Value;

    private static Pb.HeaderValueOption.Types.HeaderAppendAction ActionOf(Pb.HeaderValueOption option) =>
        option.Append is false ? Pb.HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd : option.AppendAction;

    private static void CheckName(string name, string field, ProblemList problems)
    {
        // RFC 9110 5.6.2: a field name is a token. Pseudo headers and Host have fields of their own on the wire.
        const string TokenMarks = "!#$%&'*+-.^_`|~";
        if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || TokenMarks.Contains(c)))
        {
            problems.Add(field, $"'{name}' is not a header name");
        }
    }
}
