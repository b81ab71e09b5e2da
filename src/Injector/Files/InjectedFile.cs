using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.Config.Reading;
using Mesh.Injector.Deciding;
using Mesh.Injector.Reading;

namespace Mesh.Injector.Files;

/// <summary>A YAML or JSON file with the sidecar in every pod that it describes, as the webhook would put it there. Pure.</summary>
/// <param name="Text">YAML; documents that describe no pods are as they were.</param>
/// <param name="Notes">Pods left alone and warnings, for people.</param>
/// <param name="Problems">What is wrong; the text is then not to be used.</param>
internal sealed record InjectedFile(string Text, ImmutableArray<string> Notes, ImmutableArray<string> Problems)
{
    /// <param name="fileName">For messages.</param>
    /// <param name="defaultNamespace">Of objects that name none.</param>
    /// <param name="namespaces">Labels by namespace; a namespace that is not in it is taken for opted in.</param>
    public static InjectedFile Make(
        string fileName,
        string content,
        string defaultNamespace,
        PodInjection injection,
        IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> namespaces
    )
    {
        var writer = new Writer(fileName, defaultNamespace, injection, namespaces);
        foreach (var (text, firstLine) in DocumentSplitter.Split(content.TrimStart('\uFEFF')))
        {
            writer.Document(text, firstLine);
        }

        return new(writer.Output.ToString(), [.. writer.Notes], [.. writer.Problems]);
    }

    private sealed class Writer(
        string fileName,
        string defaultNamespace,
        PodInjection injection,
        IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> namespaces
    )
    {
        public StringBuilder Output { get; } = new();

        public List<string> Notes { get; } = [];

        public List<string> Problems { get; } = [];

        public void Document(string text, int firstLine)
        {
            JsonNode? root;
            try
            {
                root = YamlJson.Parse(text, firstLine);
            }
            catch (FormatException e)
            {
                Problems.Add($"{fileName}: {e.Message}");
                return;
            }

            if (Output.Length > 0)
            {
                Output.Append("---\n");
            }

            var objects = root is JsonObject value ? Objects(value).ToList() : [];
            foreach (
                var (other, kind) in objects.Where(one =>
                    PodTemplate.Of(one.Value, one.Kind) is null && PodTemplate.LooksLikeOne(one.Value)
                )
            )
            {
                Notes.Add(
                    $"{NameOf(other, kind, out _)}: left alone: this kind is not known here; in the cluster its pods are injected when they are created"
                );
            }

            if (objects.Exists(one => PodTemplate.Of(one.Value, one.Kind) is not null))
            {
                objects.ForEach(one => Inject(one.Value, one.Kind));
                Output.Append(YamlText.Of(root));
                return;
            }

            // Nothing to do: comments and layout stay.
            var kept = text.StartsWith("---", StringComparison.Ordinal) ? text[3..].TrimStart('\r', '\n') : text;
            Output.Append(kept);
            if (!kept.EndsWith('\n'))
            {
                Output.Append('\n');
            }
        }

        // Items of a PodList need not say that they are Pods.
        private static IEnumerable<(JsonObject Value, string Kind)> Objects(JsonObject value)
        {
            const string List = "List";
            var kind = value["kind"]?.ToString() ?? "";
            return kind.EndsWith(List, StringComparison.Ordinal) && value["items"] is JsonArray items
                ? items.OfType<JsonObject>().Select(item => (item, item["kind"]?.ToString() ?? kind[..^List.Length]))
                : [(value, kind)];
        }

        private string NameOf(JsonObject value, string kind, out string ns)
        {
            var metadata = value["metadata"] as JsonObject;
            ns = metadata?["namespace"]?.ToString() ?? defaultNamespace;
            return $"{kind} {ns}/{metadata?["name"] ?? metadata?["generateName"]}";
        }

        private void Inject(JsonObject value, string kind)
        {
            if (PodTemplate.Of(value, kind) is not { } template)
            {
                return;
            }

            var name = NameOf(value, kind, out var ns);
            var outcome = injection.Of(template.Pod, ns, namespaces.GetValueOrDefault(ns), template.Workload);
            if (outcome.IsRefused)
            {
                Problems.AddRange(outcome.Problems.Select(problem => $"{fileName}: {name}: {problem}"));
                return;
            }

            if (!outcome.IsInjected)
            {
                Notes.Add($"{name}: left alone: {SkipReasons.Sentence(outcome.Reason)}");
                return;
            }

            Notes.AddRange(outcome.Warnings.Select(warning => $"{name}: warning: {warning}"));
            foreach (var field in new[] { "metadata", "spec" })
            {
                template.Pod[field] = outcome.Pod[field]?.DeepClone();
            }
        }
    }
}
