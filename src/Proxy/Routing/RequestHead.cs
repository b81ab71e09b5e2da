using System.Runtime.CompilerServices;
using System.Text;
using Mesh.Proxy.Security.Tokens;

namespace Mesh.Proxy.Routing;

/// <summary>
/// The head of one request in a buffer of its own: the codec copies it in once, and everything after (routing, retries, mirrors, log) reads
/// slices of it. Pooled with its codec; starting makes it ready for the next request. Names are in lower case, values are bytes
/// as received. One request at a time: reading a repeated header joins its values inside the buffer.
/// </summary>
internal sealed partial class RequestHead
{
    /// <summary>Bytes of method, target, authority, names and values together that one head takes: 256 KiB; more is refused.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>Header lines that one head takes: 1000; more are refused. Codecs may set lower limits of their own.</summary>
    public const int MaxHeaders = 1000;

    // Heads of browsers and meshes are 0.5 to 2 KiB; a larger one grows its buffer once and keeps it.
    private const int FirstBytes = 4096;
    private const int FirstHeaders = 32;

    private byte[] _buffer = new byte[FirstBytes];
    private HeaderSlot[] _headers = new HeaderSlot[FirstHeaders];
    private int _used;
    private int _received;
    private HeadSlice _method;

    /// <summary>What the request's verified token says; null where none was verified, and until then.</summary>
    public RequestClaims? Claims { get; set; }

    public HttpVersionKind Version { get; private set; }

    public ReadOnlySpan<byte> Method => Slice(_method);

    public int HeaderCount { get; private set; }

    /// <summary>Bytes held, for the pool: a head that grew far is not kept.</summary>
    public int Capacity => _buffer.Length;

    /// <summary>
    /// Starts the next request. False where the parts exceed <see cref="MaxBytes"/>: answer 431 (or 414) and do not route.
    /// An absolute-form target brings its own scheme and authority, which replace the given ones (RFC 9112 section 3.2.2).
    /// </summary>
    /// <param name="authority">The <c>:authority</c> or <c>Host</c> value; may be empty.</param>
    /// <param name="target">The request target byte for byte as received.</param>
    public bool Begin(
        HttpVersionKind version,
        ReadOnlySpan<byte> method,
        ReadOnlySpan<byte> scheme,
        ReadOnlySpan<byte> authority,
        ReadOnlySpan<byte> target
    )
    {
        Restart(version);
        if (!ReserveStart((long)method.Length + scheme.Length + authority.Length + target.Length))
        {
            return false;
        }

        _method = Copy(method);
        _scheme = Copy(scheme);
        _authority = Copy(authority);
        _target = Copy(target);
        SplitTarget();
        return true;
    }

    /// <summary>The same from Latin-1 text, as servers hand it out; characters above U+00FF become <c>?</c>.</summary>
    public bool Begin(
        HttpVersionKind version,
        ReadOnlySpan<char> method,
        ReadOnlySpan<char> scheme,
        ReadOnlySpan<char> authority,
        ReadOnlySpan<char> target
    )
    {
        Restart(version);
        if (!ReserveStart((long)method.Length + scheme.Length + authority.Length + target.Length))
        {
            return false;
        }

        _method = Narrow(method);
        _scheme = Narrow(scheme);
        _authority = Narrow(authority);
        _target = Narrow(target);
        SplitTarget();
        return true;
    }

    /// <summary>Adds a header line; false where a limit is exceeded: answer 431. The codec has checked the name's bytes and trimmed the value.</summary>
    public bool AddHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (!ReserveHeader((long)name.Length + value.Length))
        {
            return false;
        }

        Index(CopyLower(name), Copy(value));
        return true;
    }

    /// <summary>The same from Latin-1 text.</summary>
    public bool AddHeader(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        if (!ReserveHeader((long)name.Length + value.Length))
        {
            return false;
        }

        var lowered = Narrow(name);
        AsciiBytes.Lower(_buffer.AsSpan(lowered.Start, lowered.Length));
        Index(lowered, Narrow(value));
        return true;
    }

    private void Restart(HttpVersionKind version)
    {
        Version = version;
        Claims = null;
        HeaderCount = 0;
        _used = 0;
        _received = 0;
        _method = _scheme = _authority = _target = _originForm = _path = _query = _host = default;
        _hasFragment = false;
        _authorityPort = 0;
        RestartHeaders();
    }

    private bool ReserveStart(long bytes)
    {
        if (bytes > MaxBytes)
        {
            return false;
        }

        _received = (int)bytes;
        // The target may be kept twice more (lower-case scheme, origin form), the authority once (normal form of the host and port).
        EnsureRoom((4 * (int)bytes) + 16);
        return true;
    }

    private bool ReserveHeader(long bytes)
    {
        if (HeaderCount == MaxHeaders || _received + bytes > MaxBytes)
        {
            return false;
        }

        _received += (int)bytes;
        EnsureRoom((int)bytes);
        if (HeaderCount == _headers.Length)
        {
            Array.Resize(ref _headers, _headers.Length * 2);
        }

        return true;
    }

    private void EnsureRoom(int bytes)
    {
        if (_used + bytes > _buffer.Length)
        {
            Grow(_used + bytes);
        }
    }

    // A new array, never a pooled one: spans handed out before stay readable.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int needed)
    {
        var larger = new byte[Math.Max(needed, _buffer.Length * 2)];
        _buffer.AsSpan(0, _used).CopyTo(larger);
        _buffer = larger;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<byte> Slice(HeadSlice slice) => _buffer.AsSpan(slice.Start, slice.Length);

    private HeadSlice Copy(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer.AsSpan(_used));
        var slice = new HeadSlice(_used, bytes.Length);
        _used += bytes.Length;
        return slice;
    }

    private HeadSlice CopyLower(ReadOnlySpan<byte> bytes)
    {
        var slice = Copy(bytes);
        AsciiBytes.Lower(_buffer.AsSpan(slice.Start, slice.Length));
        return slice;
    }

    private HeadSlice Narrow(ReadOnlySpan<char> text)
    {
        var count = Encoding.Latin1.GetBytes(text, _buffer.AsSpan(_used));
        var slice = new HeadSlice(_used, count);
        _used += count;
        return slice;
    }
}
