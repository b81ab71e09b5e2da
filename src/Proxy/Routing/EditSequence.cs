using System.Collections.Immutable;

namespace Mesh.Proxy.Routing;

/// <summary>The destination's edits, then the rule's, as one sequence to <c>foreach</c> over without allocation.</summary>
internal readonly struct EditSequence(HeaderEdits first, HeaderEdits second)
{
    private readonly ImmutableArray<HeaderEdit> _first = first.Edits;
    private readonly ImmutableArray<HeaderEdit> _second = second.Edits;

    public bool IsEmpty => _first.Length + _second.Length == 0;

    public Enumerator GetEnumerator() => new(_first, _second);

    internal struct Enumerator(ImmutableArray<HeaderEdit> first, ImmutableArray<HeaderEdit> second)
    {
        private int _next = -1;

        public readonly HeaderEdit Current => _next < first.Length ? first[_next] : second[_next - first.Length];

        public bool MoveNext() => ++_next < first.Length + second.Length;
    }
}
