using System.Buffers;
using System.Buffers.Text;
using System.Net;
using System.Text;

namespace Mesh.Proxy.Telemetry;

/// <summary>
/// Writes one access-log line into a rented buffer. What came from outside goes through <see cref="Escaped(ReadOnlySpan{byte})"/>, so no
/// client can end a line or a quoted field.
/// </summary>
internal ref struct LogLine
{
    private const int FirstBytes = 512;

    private byte[] _buffer;
    private int _used;

    public LogLine() => _buffer = ArrayPool<byte>.Shared.Rent(FirstBytes);

    public void Raw(scoped ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    public void Raw(byte single)
    {
        Reserve(1);
        _buffer[_used++] = single;
    }

    public void Number(long value)
    {
        Reserve(20);
        Utf8Formatter.TryFormat(value, _buffer.AsSpan(_used), out var written);
        _used += written;
    }

    /// <summary>Bytes outside printable ASCII, quotes and backslashes as <c>\xHH</c>; <c>-</c> for nothing.</summary>
    public void Escaped(scoped ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            Raw((byte)'-');
            return;
        }

        Reserve(bytes.Length * 4);
        foreach (var b in bytes)
        {
            if (b is >= 0x20 and < 0x7F and not (byte)'"' and not (byte)'\\')
            {
                _buffer[_used++] = b;
                continue;
            }

            "\\x"u8.CopyTo(_buffer.AsSpan(_used));
            _buffer[_used + 2] = Hex(b >> 4);
            _buffer[_used + 3] = Hex(b & 15);
            _used += 4;
        }
    }

    public void Escaped(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            Raw((byte)'-');
            return;
        }

        // Names and reasons: ASCII, apart from what a configuration may contain.
        if (text.Length <= 256)
        {
            Span<byte> small = stackalloc byte[256 * 3];
            Escaped(small[..Encoding.UTF8.GetBytes(text, small)]);
        }
        else
        {
            Escaped(Encoding.UTF8.GetBytes(text));
        }
    }

    public void Address(IPEndPoint? endPoint)
    {
        if (endPoint is null)
        {
            Raw((byte)'-');
            return;
        }

        Span<byte> text = stackalloc byte[64];
        var ipv6 = endPoint.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        if (ipv6)
        {
            Raw((byte)'[');
        }

        endPoint.Address.TryFormat(text, out var written);
        Raw(text[..written]);
        if (ipv6)
        {
            Raw((byte)']');
        }

        Raw((byte)':');
        Number(endPoint.Port);
    }

    /// <summary><c>2026-01-31T23:59:59.123Z</c></summary>
    public void Time(DateTimeOffset time)
    {
        Reserve(24);
        time.UtcDateTime.TryFormat(_buffer.AsSpan(_used), out var written, "yyyy-MM-ddTHH:mm:ss.fffZ");
        _used += written;
    }

    /// <summary>The line; whoever writes it returns the buffer to the shared pool.</summary>
    public readonly ArraySegment<byte> Take() => new(_buffer, 0, _used);

    private static byte Hex(int digit) => (byte)(digit < 10 ? '0' + digit : 'a' + digit - 10);

    private void Reserve(int bytes)
    {
        if (_used + bytes <= _buffer.Length)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_used + bytes, _buffer.Length * 2));
        _buffer.AsSpan(0, _used).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
