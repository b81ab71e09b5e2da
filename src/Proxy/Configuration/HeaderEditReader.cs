using Mesh.Proxy.Routing;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: header options of one level (share, route, virtual host, table) as edits.</summary>
internal static class HeaderEditReader
{
    public static HeaderEdits Read(IReadOnlyList<Pb.HeaderValueOption> add, IEnumerable<string> remove, string field, ProblemList problems)
    {
        var removed = new List<string>(remove);
        var set = new List<KeyValuePair<string, string>>();
        var added = new List<KeyValuePair<string, string>>();
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

            // Envoy: an empty value takes the header away unless it is kept explicitly (keep_empty_value).
            var dropped = value.Length == 0 && !option.KeepEmptyValue;
            switch (ActionOf(option))
            {
                case Pb.HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd when dropped:
                    removed.Add(name);
                    break;
                case Pb.HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd:
                    set.Add(new(name, value));
                    break;
                case Pb.HeaderValueOption.Types.HeaderAppendAction.AppendIfExistsOrAdd when dropped:
                    break;
                case Pb.HeaderValueOption.Types.HeaderAppendAction.AppendIfExistsOrAdd:
                    added.Add(new(name, value));
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

        return HeaderEdits.Create(removed, set, added);
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
