using System.Collections.Immutable;
using System.Text;
using Mesh.Proxy.Routing.Formats;

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

    /// <summary>What values with a format are filled in from; without it they come to nothing.</summary>
    public IFormatValues? Values { get; init; }

    public bool IsEmpty => _first.Length + _second.Length + _third.Length == 0;

    /// <summary>The value that an edit with a format has for this request; empty where the header goes.</summary>
    public ReadOnlySpan<byte> Fill(ValueFormat format) => Values is null ? default : Values.Fill(format);

    /// <summary>The same as header text, in which each character stands for a byte; null where the header goes.</summary>
    public string? FillText(ValueFormat format) => Fill(format) is { IsEmpty: false } value ? Encoding.Latin1.GetString(value) : null;

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
