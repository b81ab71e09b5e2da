using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Http1;

/// <summary>
/// The head of one response in a buffer of its own, as <see cref="RequestHead"/> holds a request's: filled once, read by everything after.
/// Pooled with its codec; starting makes it ready for the next response. Names are in lower case, values are bytes as received.
/// </summary>
internal sealed class ResponseHead
{
    private readonly HeaderFields _fields = new();
    private readonly short[] _firstKnown = new short[ResponseHeaders.Count];
    private ResponseHeader[] _ids = new ResponseHeader[32];
    private HeadSlice _reason;

    public HttpVersionKind Version { get; private set; }

    /// <summary>100 to 999.</summary>
    public int Status { get; private set; }

    /// <summary>100 to 199: another head follows, except behind 101.</summary>
    public bool IsInterim => Status < 200;

    /// <summary>As received; may be empty.</summary>
    public ReadOnlySpan<byte> Reason => _fields.Slice(_reason);

    public int HeaderCount => _fields.Count;

    /// <summary>Bytes held, for the pool: a head that grew far is not kept.</summary>
    public int Capacity => _fields.Capacity;

    /// <summary>Starts the next response.</summary>
    public void Begin(HttpVersionKind version, int status, ReadOnlySpan<byte> reason)
    {
        Version = version;
        Status = status;
        _fields.Clear();
        _firstKnown.AsSpan().Fill(-1);
        _reason = _fields.Append(reason);
    }

    /// <summary>Adds a header line; the codec has checked the bytes, the limits and trimmed the value.</summary>
    public void AddHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var index = _fields.Count;
        _fields.Add(name, value);
        if (index == _ids.Length)
        {
            Array.Resize(ref _ids, _ids.Length * 2);
        }

        var known = ResponseHeaders.Of(_fields.Name(index));
        _ids[index] = known;
        if (known == ResponseHeader.None)
        {
            return;
        }

        if (_firstKnown[(int)known] < 0)
        {
            _firstKnown[(int)known] = (short)index;
        }
    }

    /// <summary>Lower case.</summary>
    public ReadOnlySpan<byte> HeaderName(int index) => _fields.Name(index);

    public ReadOnlySpan<byte> HeaderValue(int index) => _fields.Value(index);

    public ResponseHeader HeaderId(int index) => index < HeaderCount ? _ids[index] : ResponseHeader.None;

    /// <summary>The value of the first line of that header.</summary>
    public bool TryGet(ResponseHeader header, out ReadOnlySpan<byte> value)
    {
        var first = header == ResponseHeader.None ? -1 : _firstKnown[(int)header];
        value = first < 0 ? default : _fields.Value(first);
        return first >= 0;
    }

    /// <summary>The value of the first line with that lower-case name.</summary>
    public bool TryGet(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var known = ResponseHeaders.Of(name);
        if (known != ResponseHeader.None)
        {
            return TryGet(known, out value);
        }

        for (var i = 0; i < HeaderCount; i++)
        {
            if (_ids[i] == ResponseHeader.None && HeaderName(i).SequenceEqual(name))
            {
                value = HeaderValue(i);
                return true;
            }
        }

        value = default;
        return false;
    }
}
