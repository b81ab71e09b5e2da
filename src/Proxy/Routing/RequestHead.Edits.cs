using Mesh.Proxy.Routing.NormalForm;

namespace Mesh.Proxy.Routing;

// Changes made before anything reads the head: one form for all readers, and headers that may not come from outside.
internal sealed partial class RequestHead
{
    /// <summary>Brings the path to its normal form; the query stays byte for byte. False where it has none: the request must be refused.</summary>
    public bool TryNormalizePath(PathForm form)
    {
        var path = Path;
        // "*" of OPTIONS and the authority of CONNECT are no paths.
        if (path.IsEmpty || path[0] != (byte)'/' || PathNormalizer.IsNormal(path, form))
        {
            return true;
        }

        EnsureRoom(_originForm.Length);
        if (!PathNormalizer.TryWrite(path, form, _buffer.AsSpan(_used), out var written))
        {
            return false;
        }

        var start = _used;
        _used += written;
        ReplaceOriginForm(start, written, HasQuery, Query);
        return true;
    }

    /// <summary>Removes every query parameter that the test takes; the others stay byte for byte.</summary>
    public void RemoveParameters<TState>(TState state, ParameterTest<TState> test)
        where TState : allows ref struct
    {
        EnsureRoom((2 * _originForm.Length) + 1);
        var from = _used;
        var left = Query;
        var hasQuery = false;
        while (!left.IsEmpty)
        {
            var end = left.IndexOf((byte)'&');
            var parameter = end < 0 ? left : left[..end];
            left = end < 0 ? default : left[(end + 1)..];
            if (!test(parameter, state))
            {
                Copy(hasQuery ? "&"u8 : default);
                Copy(parameter);
                hasQuery = true;
            }
        }

        var query = new HeadSlice(from, _used - from);
        var path = Copy(Path);
        ReplaceOriginForm(path.Start, path.Length, hasQuery, Slice(query));
    }

    /// <summary>Removes one header line.</summary>
    public void RemoveHeader(int index)
    {
        _headers.AsSpan(index + 1, HeaderCount - index - 1).CopyTo(_headers.AsSpan(index));
        Reindex(HeaderCount - 1);
    }

    /// <summary>Removes every header of this name.</summary>
    /// <param name="name">In lower case.</param>
    public void RemoveHeaders(ReadOnlySpan<byte> name)
    {
        for (var i = HeaderCount - 1; i >= 0; i--)
        {
            if (HeaderName(i).SequenceEqual(name))
            {
                RemoveHeader(i);
            }
        }
    }

    /// <summary>The same, also where <c>_</c> stands for <c>-</c>.</summary>
    /// <param name="name">In lower case.</param>
    public void RemoveSpellings(ReadOnlySpan<byte> name)
    {
        for (var i = HeaderCount - 1; i >= 0; i--)
        {
            if (HeaderSpelling.IsSame(HeaderName(i), name))
            {
                RemoveHeader(i);
            }
        }
    }

    /// <summary>Gives one header line another value.</summary>
    public void ReplaceValue(int index, ReadOnlySpan<byte> value)
    {
        EnsureRoom(value.Length);
        _headers[index].Value = Copy(value);
        _joinedCount = 0;
    }

    // The path stands at the end of what is used.
    private void ReplaceOriginForm(int start, int pathLength, bool hasQuery, ReadOnlySpan<byte> query)
    {
        _path = new(start, pathLength);
        _query = default;
        HasQuery = hasQuery;
        if (hasQuery)
        {
            Copy("?"u8);
            _query = Copy(query);
        }

        _originForm = new(start, _used - start);
    }

    private void Reindex(int count)
    {
        _firstKnown.AsSpan().Fill(-1);
        (_repeatedKnown, _joinedCount, HeaderCount) = (0, 0, 0);
        while (HeaderCount < count)
        {
            var slot = _headers[HeaderCount];
            Index(slot.Name, slot.Value);
        }
    }
}
