using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Mesh.Config.Reading;

/// <summary>Turns the YAML of one document into trees of <see cref="Node"/>, within limits of depth and of what aliases repeat.</summary>
internal sealed class YamlTreeReader
{
    private readonly Parser parser;
    private readonly int lineOffset;
    private readonly Dictionary<AnchorName, (Node Node, int Weight)> anchors = [];
    private int repeated;

    private YamlTreeReader(string text, int firstLine)
    {
        parser = new Parser(new StringReader(text));
        lineOffset = firstLine - 1;
    }

    /// <summary>Roots of the text's documents; throws <see cref="DocumentException"/> for anything that is not sound YAML within the limits.</summary>
    internal static List<Node> Read(string text, int firstLine)
    {
        var reader = new YamlTreeReader(text, firstLine);
        try
        {
            return reader.ReadDocuments();
        }
        catch (YamlException e)
        {
            throw new DocumentException(DiagnosticCodes.MalformedYaml, reader.LineOf(e.Start), $"is not YAML: {e.Message}");
        }
        catch (Exception e) when (e is not DocumentException)
        {
            // The scanner is known to throw others on garbage; a file must never take its reader down. Their messages speak of the scanner.
            var line = reader.parser.Current is { } last ? reader.LineOf(last.End) : firstLine;
            throw new DocumentException(
                DiagnosticCodes.MalformedYaml,
                line,
                "is not YAML: a bracket or a quote is not closed, or an indentation is wrong"
            );
        }
    }

    private List<Node> ReadDocuments()
    {
        var roots = new List<Node>();
        parser.Consume<StreamStart>();
        while (!parser.TryConsume<StreamEnd>(out _))
        {
            parser.Consume<DocumentStart>();
            anchors.Clear();
            roots.Add(ReadNode(0, out _));
            parser.Consume<DocumentEnd>();
        }
        return roots;
    }

    private int LineOf(Mark mark) => (int)mark.Line + lineOffset;

    // The weight is the number of nodes that a walk over the node would see.
    private Node ReadNode(int depth, out int weight)
    {
        if (depth > ObjectParser.MaxDepth)
        {
            throw new DocumentException(
                DiagnosticCodes.TooDeep,
                LineOf(parser.Current!.Start),
                $"nests deeper than {ObjectParser.MaxDepth} levels; no kind needs that"
            );
        }
        weight = 1;
        Node node;
        AnchorName anchor;
        if (parser.TryConsume<AnchorAlias>(out var alias))
        {
            return Resolve(alias, out weight);
        }
        if (parser.TryConsume<Scalar>(out var scalar))
        {
            anchor = scalar.Anchor;
            // A document of nothing but an anchor is a slip of the pen, not an empty document, and must not pass in silence.
            var stray = depth == 0 && !anchor.IsEmpty;
            var plain = scalar.Style == ScalarStyle.Plain && scalar.IsPlainImplicit && !stray;
            var line = LineOf(scalar.Start);
            node = new ScalarNode(line, scalar.Value, plain ? ScalarNode.KindOfPlain(scalar.Value) : ScalarKind.Text)
            {
                ContentLine = scalar.Style is ScalarStyle.Literal or ScalarStyle.Folded ? line + 1 : line,
            };
        }
        else if (parser.TryConsume<SequenceStart>(out var sequence))
        {
            anchor = sequence.Anchor;
            var items = new List<Node>();
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                items.Add(ReadNode(depth + 1, out var itemWeight));
                weight += itemWeight;
            }
            node = new ListNode(LineOf(sequence.Start), items);
        }
        else
        {
            var start = parser.Consume<MappingStart>();
            anchor = start.Anchor;
            node = ReadMap(LineOf(start.Start), depth, ref weight);
        }
        if (!anchor.IsEmpty)
        {
            anchors[anchor] = (node, weight);
        }
        return node;
    }

    private MapNode ReadMap(int line, int depth, ref int weight)
    {
        var map = new MapNode(line);
        var merged = new List<MapNode>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = ReadNode(depth + 1, out _);
            if (key is not ScalarNode name)
            {
                throw new DocumentException(DiagnosticCodes.MalformedYaml, key.Line, $"has {key.Describe()} as a key; keys are texts");
            }
            var value = ReadNode(depth + 1, out var valueWeight);
            weight += valueWeight;
            if (name is { Text: "<<", Kind: ScalarKind.Text })
            {
                merged.AddRange(MergeSources(value));
                continue;
            }
            map.Add(new MapEntry(name.Text, name.Line, value));
        }
        // yaml.org/type/merge: keys written here win, then earlier sources.
        foreach (var entry in merged.SelectMany(source => source.Entries))
        {
            if (map.IndexOf(entry.Key) < 0)
            {
                map.Add(entry);
            }
        }
        return map;
    }

    private static IEnumerable<MapNode> MergeSources(Node value)
    {
        IEnumerable<Node> sources = value is ListNode list ? list.Items : [value];
        return sources.Select(source =>
            source as MapNode
            ?? throw new DocumentException(
                DiagnosticCodes.MalformedYaml,
                value.Line,
                $"merges {source.Describe()} with <<; only objects merge"
            )
        );
    }

    private Node Resolve(AnchorAlias alias, out int weight)
    {
        // An anchor is known only once its node is complete, so no tree contains itself.
        if (!anchors.TryGetValue(alias.Value, out var target))
        {
            throw new DocumentException(
                DiagnosticCodes.MalformedYaml,
                LineOf(alias.Start),
                $"uses the anchor {alias.Value}, which is not defined before"
            );
        }
        weight = target.Weight;
        repeated = (int)Math.Min(int.MaxValue, (long)repeated + weight);
        if (repeated > ObjectParser.MaxAliasedNodes)
        {
            throw new DocumentException(
                DiagnosticCodes.TooManyAliases,
                LineOf(alias.Start),
                $"repeats more than {ObjectParser.MaxAliasedNodes} values through aliases; write them out or split the file"
            );
        }
        return target.Node;
    }
}
