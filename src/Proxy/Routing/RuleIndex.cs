using System.Collections.Immutable;

namespace Mesh.Proxy.Routing;

/// <summary>
/// The rules of one virtual host, found by path: only those are asked, in their order, whose path condition can hold. Exactly as asking
/// all of them one after the other, only faster.
/// </summary>
internal sealed class RuleIndex
{
    // Below this many rules asking all is as fast as looking up (bench/micro, RouteMatch).
    private const int Indexed = 8;

    // A path has as many nested prefixes among the rules as this, or all rules are asked.
    private const int MaxLists = 14;

    private readonly Rule[] _rules;
    private readonly ByteTable<int[]>? _exact;
    private readonly byte[][] _prefixes = [];
    private readonly int[][] _prefixRules = [];
    private readonly int[] _parents = [];
    private readonly int[] _others = [];

    public RuleIndex(ImmutableArray<Rule> rules)
    {
        _rules = [.. rules];
        if (_rules.Length < Indexed)
        {
            return;
        }

        var exact = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        var prefixes = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        var others = new List<int>();
        for (var i = 0; i < _rules.Length; i++)
        {
            var path = _rules[i].Conditions.Path;
            // A regex is found by the text it begins with, if any.
            var key = path?.Kind == PathMatchKind.Regex ? path.LiteralPrefix : path?.Value ?? "";
            if (path is null || path.IgnoreCase || (path.Kind == PathMatchKind.Regex && key.Length == 0))
            {
                others.Add(i);
                continue;
            }

            var lists = path.Kind == PathMatchKind.Exact ? exact : prefixes;
            if (!lists.TryGetValue(key, out var list))
            {
                lists[key] = list = [];
            }

            list.Add(i);
        }

        _others = [.. others];
        _exact = new([.. exact.Values.Select(list => (Key(list[0]), list.ToArray()))]);
        var sorted = prefixes.Values.Select(list => (Key: Key(list[0]), Rules: list.ToArray())).ToArray();
        Array.Sort(sorted, (a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
        _prefixes = [.. sorted.Select(item => item.Key)];
        _prefixRules = [.. sorted.Select(item => item.Rules)];
        _parents = new int[_prefixes.Length];
        for (var i = 0; i < _prefixes.Length; i++)
        {
            var parent = i - 1;
            while (parent >= 0 && !_prefixes[i].AsSpan().StartsWith(_prefixes[parent]))
            {
                parent = _parents[parent];
            }

            _parents[i] = parent;
        }
    }

    /// <summary>The first rule whose conditions all hold.</summary>
    public Rule? First(RequestHead head) => _exact is null ? FirstOfAll(head) : FirstIndexed(head);

    private Rule? FirstOfAll(RequestHead head)
    {
        foreach (var rule in _rules)
        {
            if (rule.Conditions.Match(head))
            {
                return rule;
            }
        }

        return null;
    }

    private Rule? FirstIndexed(RequestHead head)
    {
        var path = head.Path;
        var lists = default(Lists);
        var count = 0;
        if (_others.Length > 0)
        {
            lists[count++] = _others;
        }

        if (_exact!.Find(path) is { } exact)
        {
            lists[count++] = exact;
        }

        for (var i = Deepest(path); i >= 0; i = _parents[i])
        {
            if (count == MaxLists)
            {
                return FirstOfAll(head);
            }

            lists[count++] = _prefixRules[i];
        }

        return FirstMerged(head, ref lists, count);
    }

    // Each list is ascending; the smallest unasked number among their heads is asked next.
    private Rule? FirstMerged(RequestHead head, ref Lists lists, int count)
    {
        Span<int> positions = stackalloc int[MaxLists];
        positions.Clear();
        while (true)
        {
            var next = int.MaxValue;
            var from = 0;
            for (var i = 0; i < count; i++)
            {
                var list = lists[i];
                if (positions[i] < list.Length && list[positions[i]] < next)
                {
                    next = list[positions[i]];
                    from = i;
                }
            }

            if (next == int.MaxValue)
            {
                return null;
            }

            if (_rules[next].Conditions.Match(head))
            {
                return _rules[next];
            }

            positions[from]++;
        }
    }

    // The longest prefix of the path: it is the greatest one not above the path, or one of that one's own prefixes, because everything
    // sorted between a prefix and the path begins with that prefix, too.
    private int Deepest(ReadOnlySpan<byte> path)
    {
        var low = 0;
        var high = _prefixes.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (path.SequenceCompareTo(_prefixes[middle]) >= 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        var found = low - 1;
        while (found >= 0 && !path.StartsWith(_prefixes[found]))
        {
            found = _parents[found];
        }

        return found;
    }

    private byte[] Key(int rule) => _rules[rule].Conditions.Path!.Bytes.ToArray();

    [System.Runtime.CompilerServices.InlineArray(MaxLists)]
    private struct Lists
    {
        private int[] _first;
    }
}
