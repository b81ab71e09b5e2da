using System.Runtime.CompilerServices;

namespace Mesh.Proxy.Routing;

// Headers by position, by id and by name.
internal sealed partial class RequestHead
{
    private readonly short[] _firstKnown = new short[KnownHeaders.Count];
    private int _repeatedKnown;
    private (HeadSlice Name, HeadSlice Value)[] _joined = [];
    private int _joinedCount;

    /// <summary>gRPC by its content type; failures are then answered trailers-only.</summary>
    public bool IsGrpc =>
        TryGet(KnownHeader.ContentType, out var type)
        && type.StartsWith("application/grpc"u8)
        && (type.Length == 16 || type[16] is (byte)'+' or (byte)';');

    /// <summary>Asks for nothing to be changed (RFC 9110 section 9.2.1).</summary>
    public bool HasSafeMethod =>
        Method.SequenceEqual("GET"u8)
        || Method.SequenceEqual("HEAD"u8)
        || Method.SequenceEqual("OPTIONS"u8)
        || Method.SequenceEqual("TRACE"u8);

    /// <summary>Lower case.</summary>
    public ReadOnlySpan<byte> HeaderName(int index) => Slice(Header(index).Name);

    public ReadOnlySpan<byte> HeaderValue(int index) => Slice(Header(index).Value);

    public KnownHeader HeaderId(int index) => Header(index).Known;

    /// <summary>A header's value; the values of a repeated one joined with <c>,</c> (cookie crumbs with <c>; </c>), as Envoy matches them.</summary>
    public bool TryGet(KnownHeader header, out ReadOnlySpan<byte> value)
    {
        var first = _firstKnown[(int)header];
        if (header == KnownHeader.None || first < 0)
        {
            value = default;
            return false;
        }

        ref readonly var slot = ref _headers[first];
        value = (_repeatedKnown & (1 << (int)header)) == 0 ? Slice(slot.Value) : Joined(first);
        return true;
    }

    /// <summary>
    /// The same by lower-case name. Pseudo-header names answer from the request line: <c>:method</c>, <c>:scheme</c>,
    /// <c>:authority</c> (also as <c>host</c>), <c>:path</c> (with query).
    /// </summary>
    public bool TryGet(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        if (name.Length > 0 && name[0] == (byte)':')
        {
            return TryGetPseudo(name, out value);
        }

        var known = KnownHeaders.Of(name);
        if (known == KnownHeader.Host && _authority.Length > 0)
        {
            value = Authority;
            return true;
        }

        return known != KnownHeader.None ? TryGet(known, out value) : TryGetOther(name, out value);
    }

    private bool TryGetPseudo(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value =
            name.SequenceEqual(":path"u8) ? OriginForm
            : name.SequenceEqual(":authority"u8) ? Authority
            : name.SequenceEqual(":method"u8) ? Method
            : name.SequenceEqual(":scheme"u8) ? Scheme
            : default;
        return value.Length > 0;
    }

    private bool TryGetOther(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var first = -1;
        for (var i = 0; i < HeaderCount; i++)
        {
            ref readonly var slot = ref _headers[i];
            if (slot.Name.Length != name.Length || !Slice(slot.Name).SequenceEqual(name))
            {
                continue;
            }

            if (first >= 0)
            {
                value = Joined(first);
                return true;
            }

            first = i;
        }

        value = first < 0 ? default : Slice(_headers[first].Value);
        return first >= 0;
    }

    private void RestartHeaders()
    {
        _firstKnown.AsSpan().Fill(-1);
        _repeatedKnown = 0;
        _joinedCount = 0;
        HasQuery = false;
        _hostAndPort = default;
    }

    private void Index(HeadSlice name, HeadSlice value)
    {
        var known = KnownHeaders.Of(Slice(name));
        _headers[HeaderCount] = new HeaderSlot
        {
            Name = name,
            Value = value,
            Known = known,
        };
        if (known != KnownHeader.None)
        {
            ref var first = ref _firstKnown[(int)known];
            if (first < 0)
            {
                first = (short)HeaderCount;
            }
            else
            {
                _repeatedKnown |= 1 << (int)known;
            }
        }

        HeaderCount++;
        _joinedCount = 0; // what was joined may have got another value
    }

    private ref readonly HeaderSlot Header(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)HeaderCount);
        return ref _headers[index];
    }

    // Joined once per head and name, at the end of the buffer; repeated headers are rare, so a growing buffer is their only cost.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ReadOnlySpan<byte> Joined(int first)
    {
        var name = _headers[first].Name;
        for (var i = 0; i < _joinedCount; i++)
        {
            if (_joined[i].Name == name)
            {
                return Slice(_joined[i].Value);
            }
        }

        var separator = _headers[first].Known == KnownHeader.Cookie ? "; "u8 : ","u8;
        var bytes = 0;
        for (var i = first; i < HeaderCount; i++)
        {
            bytes += Slice(_headers[i].Name).SequenceEqual(Slice(name)) ? _headers[i].Value.Length + separator.Length : 0;
        }

        EnsureRoom(bytes);
        var start = _used;
        for (var i = first; i < HeaderCount; i++)
        {
            if (Slice(_headers[i].Name).SequenceEqual(Slice(name)))
            {
                Copy(i == first ? default : separator);
                Copy(Slice(_headers[i].Value));
            }
        }

        var value = new HeadSlice(start, _used - start);
        if (_joinedCount == _joined.Length)
        {
            Array.Resize(ref _joined, Math.Max(4, _joined.Length * 2));
        }

        _joined[_joinedCount++] = (name, value);
        return Slice(value);
    }
}
