namespace Mesh.Config.Reading;

/// <summary>What nobody asked for, and what was probably meant.</summary>
internal sealed partial class ObjectReader
{
    internal void ReportUnknownFields()
    {
        for (var i = 0; i < used.Length; i++)
        {
            if (used[i])
            {
                continue;
            }
            var (key, line, _) = node.Entries[i];
            if (!strict)
            {
                WarnOfMisspelling(key, line);
                continue;
            }
            var (code, suggestion) = Suggest(key);
            context!.Report(code, Path.Field(key), line, suggestion);
        }
    }

    // 1. a sibling in another case, 2. the same name at another level (above before below, near before far), 3. a sibling spelt alike.
    private (DiagnosticCode Code, string Message) Suggest(string key)
    {
        var siblings = SchemaHere()?.Names ?? [];
        var near = siblings.FirstOrDefault(name => NearestName.IsSame(name, key));
        if (near is null && Misplaced(key) is { } place)
        {
            return (DiagnosticCodes.MisplacedField, $"does not belong here; did you mean {place}?");
        }
        near ??= NearestName.Find(key, siblings);
        if (near is not null)
        {
            return (DiagnosticCodes.UnknownField, $"is not a known field; did you mean {near}?");
        }
        var known = siblings.Count == 0 ? "" : $"; known here: {string.Join(", ", siblings)}";
        return (DiagnosticCodes.UnknownField, "is not a known field" + known);
    }

    // The platform's objects have many fields that mean nothing here; one edit beside a name that does is hardly one of them.
    private void WarnOfMisspelling(string key, int line)
    {
        if (NearestName.FindAlmostSame(key, SchemaHere()?.Names ?? []) is { } meant)
        {
            context!.Report(DiagnosticCodes.ProbableMisspelling, Path.Field(key), line, $"has no meaning; did you mean {meant}?");
        }
    }

    private string? Misplaced(string key)
    {
        for (var level = this; level is not null; level = level.parent)
        {
            var schema = level.SchemaHere();
            if (level != this && schema?.Names.FirstOrDefault(name => NearestName.IsSame(name, key)) is { } name)
            {
                return level.Path.Field(name).ToString();
            }
            if (schema?.FindBelow(key) is { } below)
            {
                var prefix = level.Path.ToString();
                return prefix.Length == 0 ? below : $"{prefix}.{below}";
            }
        }
        return null;
    }

    private SchemaNode? SchemaHere() => parent is null ? extensionSchema ?? context!.Schema : parent.SchemaHere()?.Child(field);
}
