using System.Collections.Immutable;
using Mesh.Config.Validation;

namespace Mesh.Config.Reading;

/// <summary>Reads the documents of one file one after the other and gathers objects, refusals and problems.</summary>
internal sealed class DocumentReader(string fileName)
{
    private readonly ImmutableArray<ConfigObject>.Builder objects = ImmutableArray.CreateBuilder<ConfigObject>();
    private readonly ImmutableArray<ObjectKey>.Builder rejected = ImmutableArray.CreateBuilder<ObjectKey>();
    private readonly ImmutableArray<Diagnostic>.Builder diagnostics = ImmutableArray.CreateBuilder<Diagnostic>();
    private readonly ImmutableArray<ConfigObject>.Builder standIns = ImmutableArray.CreateBuilder<ConfigObject>();
    private bool hasUnreadable;

    internal ParseResult ToResult() =>
        new(objects.ToImmutable(), rejected.ToImmutable(), diagnostics.ToImmutable(), hasUnreadable) { StandIns = standIns.ToImmutable() };

    internal void Read(string text, int firstLine)
    {
        List<Node> roots;
        try
        {
            roots = ReadTrees(fileName, text, firstLine);
        }
        catch (DocumentException e)
        {
            Report(e.Code, null, "", e.Line, e.Message);
            hasUnreadable = true;
            return;
        }
        foreach (var root in roots)
        {
            ReadRoot(root, null);
        }
    }

    /// <summary>The trees of one document; it throws where there are none to be had.</summary>
    internal static List<Node> ReadTrees(string fileName, string text, int firstLine)
    {
        if (fileName.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            return JsonTreeReader.Read(text, firstLine);
        }
        // JSON is YAML, but for surrogate pairs and tabs; what begins like it is tried as JSON first.
        if (text.AsSpan().TrimStart() is ['{', ..])
        {
            try
            {
                return JsonTreeReader.Read(text, firstLine);
            }
            catch (DocumentException)
            {
                return YamlTreeReader.Read(text, firstLine);
            }
        }
        return YamlTreeReader.Read(text, firstLine);
    }

    private void ReadRoot(Node root, (string ApiVersion, string Kind)? inherited)
    {
        if (root is ScalarNode { Kind: ScalarKind.Null })
        {
            return;
        }
        if (root is not MapNode map)
        {
            NotAnObject(root, $"is {root.Describe()}, must be an object with apiVersion, kind and metadata");
            return;
        }
        var apiVersion = TextOf(map, "apiVersion") ?? inherited?.ApiVersion;
        var kind = TextOf(map, "kind") ?? inherited?.Kind;
        if (apiVersion is null || kind is null)
        {
            NotAnObject(root, $"has no {(kind is null ? "kind" : "apiVersion")}; every object needs apiVersion, kind and metadata.name");
            return;
        }
        if (kind.EndsWith("List", StringComparison.Ordinal) && map["items"] is ListNode list)
        {
            var itemKind = kind == "List" ? null : kind[..^4];
            foreach (var item in list.Items)
            {
                ReadRoot(item, itemKind is null ? null : (apiVersion, itemKind));
            }
            return;
        }
        ReadObject(map, apiVersion, kind);
    }

    private void ReadObject(MapNode map, string apiVersion, string kind)
    {
        var metadata = map["metadata"] as MapNode;
        var name = metadata is null ? null : TextOf(metadata, "name");
        var lookup = KindCatalog.Find(apiVersion, kind, name);
        var clusterScoped = lookup.Reader is { IsNamespaced: false };
        var ns = clusterScoped ? "" : (metadata is null ? null : TextOf(metadata, "namespace")) ?? "default";
        if (lookup.Reader is not { } reader)
        {
            Report(lookup.Code!, name is null ? null : new ObjectKey(kind, ns, name), "", map.Line, lookup.Message);
            return;
        }
        if (string.IsNullOrEmpty(name))
        {
            NotAnObject(map, $"is a {kind} without metadata.name; give it a name");
            return;
        }
        var key = new ObjectKey(kind, ns, name);
        var context = new ReadContext(fileName, key, reader.Schema);
        var read = reader.Read(new ObjectReader(context, map, reader.IsStrict), apiVersion, key);
        context.ReportUnknownFields();
        ReportDuplicates(context, map, FieldPath.Root);
        var errors = context.ErrorPaths.ToList();
        var invalid = ObjectValidator
            .Validate(read, path => context.At(SourceLines.Find(map, path)))
            .Where(problem => !errors.Exists(path => IsConsequence(problem.Path, path)));
        var all = context.Diagnostics.Concat(invalid).OrderBy(d => d.Location.Line).ToList();
        diagnostics.AddRange(all);
        if (all.Exists(d => d.Severity == DiagnosticSeverity.Error))
        {
            rejected.Add(key);
            if (reader.StandIn(read, !all.Exists(IsAboutScope)) is { } standIn)
            {
                standIns.Add(standIn);
            }
        }
        else
        {
            objects.Add(read);
        }
    }

    // Which workloads a security object is for: its selector or targets, or something in spec that could have been meant as one.
    private static bool IsAboutScope(Diagnostic problem) =>
        problem.Severity == DiagnosticSeverity.Error
        && (
            problem.Path is "spec"
            || problem.Path.StartsWith("spec.selector", StringComparison.Ordinal)
            || problem.Path.StartsWith("spec.target", StringComparison.Ordinal)
            || (problem.Path.Count('.') == 1 && problem.Definition == DiagnosticCodes.UnknownField)
        );

    // A rule whose `rout` is unknown has no action either, but that is the same mistake.
    private static bool IsConsequence(string problem, string error) => IsWithin(problem, error) || IsWithin(error, problem);

    private static bool IsWithin(string path, string outer) =>
        outer.Length == 0
        || (path.StartsWith(outer, StringComparison.Ordinal) && (path.Length == outer.Length || path[outer.Length] is '.' or '['));

    private static void ReportDuplicates(ReadContext context, Node node, FieldPath path)
    {
        if (node is ListNode list)
        {
            for (var i = 0; i < list.Items.Count; i++)
            {
                ReportDuplicates(context, list.Items[i], path.Index(i));
            }
        }
        if (node is not MapNode map)
        {
            return;
        }
        foreach (var duplicate in map.Duplicates)
        {
            var first = map.Entries[map.IndexOf(duplicate.Key)].KeyLine;
            context.Report(
                DiagnosticCodes.DuplicateKey,
                path.Field(duplicate.Key),
                duplicate.KeyLine,
                $"is written twice, first in line {first}; remove one"
            );
        }
        foreach (var entry in map.Entries.Where(entry => entry.Value is not ScalarNode))
        {
            ReportDuplicates(context, entry.Value, path.Field(entry.Key));
        }
    }

    private static string? TextOf(MapNode map, string name) =>
        map[name] is ScalarNode { Kind: not ScalarKind.Null, Text.Length: > 0 } scalar ? scalar.Text : null;

    private void NotAnObject(Node root, string message)
    {
        Report(DiagnosticCodes.NotAnObject, null, "", root.Line, message);
        hasUnreadable = true;
    }

    private void Report(DiagnosticCode code, ObjectKey? key, string path, int line, string message) =>
        diagnostics.Add(new Diagnostic(code, key, path, message, new SourceLocation(fileName, line)));
}
