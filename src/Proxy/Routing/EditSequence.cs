using System.Collections.Immutable;

namespace Mesh.Proxy.Routing;

/// <summary>
/// The destination's edits, then the rule's, then those of the one request, as one sequence to <c>foreach</c> over without allocation.
/// </summary>
internal readonly struct EditSequence(HeaderEdits first, HeaderEdits second, HeaderEdits third)
{
    private readonly ImmutableArray<HeaderEdit> _first = first.Edits;
    private readonly ImmutableArray<HeaderEdit> _second = second.Edits;
    private readonly ImmutableArray<HeaderEdit> _third = third.Edits;

    public EditSequence(HeaderEdits first, HeaderEdits second)
        : this(first, second, HeaderEdits.None) { }

    public static EditSequence None { get; } = new(HeaderEdits.None, HeaderEdits.None);

    public bool IsEmpty => _first.Length + _second.Length + _third.Length == 0;

    public Enumerator GetEnumerator() => new(_first, _second, _third);

    internal struct Enumerator(ImmutableArray<HeaderEdit> first, ImmutableArray<HeaderEdit> second, ImmutableArray<HeaderEdit> third)
    {
        private int _next = -1;

        public readonly HeaderEdit Current =>
            _next < first.Length ? first[_next]
            : _next - first.Length < second.Length ? second[_next - first.Length]
            : third[_next - first.Length - second.Length];

        public bool MoveNext() => ++_next < first.Length + second.Length + third.Length;
    }
}
