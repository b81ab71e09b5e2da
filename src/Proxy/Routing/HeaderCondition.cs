using System.Text;

namespace Mesh.Proxy.Routing;

/// <summary>
/// Asks about one header, or a pseudo-header such as <c>:method</c>. As Envoy: a missing header fails even an inverted comparison unless
/// it is treated as empty; only an inverted presence takes it.
/// </summary>
internal sealed class HeaderCondition : RouteCondition
{
    private readonly byte[] _name;
    private readonly string _nameText;
    private readonly KnownHeader _known;
    private readonly ValueMatch _match;
    private readonly bool _invert;
    private readonly bool _missingIsEmpty;

    /// <param name="name">In any case; <c>:method</c>, <c>:scheme</c>, <c>:authority</c> and <c>:path</c> are the request line's parts.</param>
    /// <param name="match">Use <paramref name="invert"/> with <see cref="ValueMatch.Present"/> for "must be absent".</param>
    /// <param name="treatMissingAsEmpty">Compares a missing header as an empty value.</param>
    public HeaderCondition(string name, ValueMatch match, bool invert = false, bool treatMissingAsEmpty = false)
    {
        _nameText = name.ToLowerInvariant();
        _name = Encoding.UTF8.GetBytes(_nameText);
        _known = KnownHeaders.Of(_name);
        // The authority is read in its normal form, in which its case says nothing.
        _match = _known == KnownHeader.Host || _nameText == ":authority" ? match.IgnoringCase() : match;
        _invert = invert;
        _missingIsEmpty = treatMissingAsEmpty;
    }

    public override bool Holds(RequestHead head)
    {
        var present = TryGet(head, out var value);
        if (present || _missingIsEmpty)
        {
            return _match.IsMatch(value) != _invert;
        }

        return _match.Kind == ValueMatchKind.Present && _invert;
    }

    public override string Found(RequestHead head) =>
        TryGet(head, out var value) ? $"'{Encoding.Latin1.GetString(value)}'" : $"no header '{_nameText}'";

    public override string ToString() =>
        _invert && _match.Kind == ValueMatchKind.Present ? $"header '{_nameText}' is absent"
        : _invert ? $"not: header '{_nameText}' {_match}"
        : $"header '{_nameText}' {_match}";

    // Host goes by name: it answers with the authority, which HTTP/2 has instead of it.
    private bool TryGet(RequestHead head, out ReadOnlySpan<byte> value) =>
        _known is KnownHeader.None or KnownHeader.Host ? head.TryGet(_name, out value) : head.TryGet(_known, out value);
}
