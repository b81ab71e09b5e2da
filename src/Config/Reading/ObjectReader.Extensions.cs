namespace Mesh.Config.Reading;

/// <summary>Annotations <c>mesh.extensions/…</c>, whose values are JSON objects, read as strictly as a spec.</summary>
internal sealed partial class ObjectReader
{
    internal const string ExtensionPrefix = "mesh.extensions/";

    private List<string>? extensions; // of the root: those that its kind has
    private SchemaNode? extensionSchema; // of the object inside an annotation, whose fields are not those of the root

    /// <summary>The object in the annotation of that name; null where there is none.</summary>
    internal T? Extension<T>(string name, Func<ObjectReader, T> read)
        where T : class
    {
        var key = ExtensionPrefix + name;
        (extensions ??= []).Add(key);
        if (AnnotationOf(key) is not { Value: ScalarNode { Kind: ScalarKind.Text } text } entry)
        {
            return null; // of another type: reported with the other annotations
        }
        var path = PathOfAnnotation(key);
        List<Node> roots;
        try
        {
            roots = JsonTreeReader.Read(text.Text, text.ContentLine);
        }
        catch (DocumentException e)
        {
            context!.Report(e.Code, path, entry.KeyLine, e.Message);
            return null;
        }
        if (roots is not [MapNode map])
        {
            context!.Report(DiagnosticCodes.WrongType, path, entry.KeyLine, $"is {Describe(roots)}, must be a JSON object such as {{}}");
            return null;
        }
        foreach (var duplicate in map.Duplicates)
        {
            context!.Report(DiagnosticCodes.DuplicateKey, path.Field(duplicate.Key), duplicate.KeyLine, "is written twice; remove one");
        }
        return read(new ObjectReader(context!, path, map, null, key, strict) { extensionSchema = Learn(reader => read(reader)) });
    }

    /// <summary>The object in a text that is a YAML document by itself; its fields are those of another kind, most of which mean nothing here.</summary>
    internal T? Yaml<T>(string name, Func<ObjectReader, T> read)
        where T : class
    {
        if (Take(name) is not { } entry)
        {
            return null;
        }
        var path = Path.Field(name);
        if (entry.Value is not ScalarNode { Kind: ScalarKind.Text } text)
        {
            WrongType(entry.Value, path, "a text with a YAML document");
            return null;
        }
        List<Node> roots;
        try
        {
            roots = YamlTreeReader.Read(text.Text, text.ContentLine);
        }
        catch (DocumentException e)
        {
            context!.Report(e.Code, path, e.Line, e.Message);
            return null;
        }
        if (roots is not [MapNode map])
        {
            context!.Report(DiagnosticCodes.WrongType, path, entry.KeyLine, $"is {Describe(roots)}, must be one YAML object");
            return null;
        }
        foreach (var duplicate in map.Duplicates)
        {
            context!.Report(DiagnosticCodes.DuplicateKey, path.Field(duplicate.Key), duplicate.KeyLine, "is written twice; remove one");
        }
        return read(new ObjectReader(context!, path, map, null, name, strict: false) { extensionSchema = Learn(reader => read(reader)) });
    }

    /// <summary>To be called on the root once its kind has asked for all the extensions that it has.</summary>
    internal void WarnOfUnknownExtensions()
    {
        if (node["metadata"] is not MapNode metadata || metadata["annotations"] is not MapNode annotations)
        {
            return;
        }
        var known = extensions ?? [];
        foreach (var entry in annotations.Entries)
        {
            if (!entry.Key.StartsWith(ExtensionPrefix, StringComparison.Ordinal) || known.Contains(entry.Key))
            {
                continue;
            }
            var near = NearestName.Find(entry.Key[ExtensionPrefix.Length..], known.Select(name => name[ExtensionPrefix.Length..]));
            var hint =
                near is not null ? $"did you mean {ExtensionPrefix}{near}?"
                : known.Count == 0 ? "this kind has none"
                : $"known here: {string.Join(", ", known)}";
            context!.Report(
                DiagnosticCodes.UnknownExtension,
                PathOfAnnotation(entry.Key),
                entry.KeyLine,
                $"is no extension of this mesh and has no effect; {hint}"
            );
        }
    }

    private MapEntry? AnnotationOf(string key) =>
        node["metadata"] is MapNode metadata && metadata["annotations"] is MapNode annotations && annotations.IndexOf(key) is >= 0 and var i
            ? annotations.Entries[i]
            : null;

    private static string Describe(List<Node> roots) =>
        roots switch
        {
            [] => "empty",
            [var one] => one.Describe(),
            _ => "several values",
        };

    private static FieldPath PathOfAnnotation(string key) => FieldPath.Root.Field("metadata").Field("annotations").Key(key);
}
