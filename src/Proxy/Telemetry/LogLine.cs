using System.Buffers;
using System.Buffers.Text;
using System.Net;
using System.Text;

namespace Mesh.Proxy.Telemetry;

/// <summary>
/// Writes one access-log line after another into a buffer of its own. What came from outside goes through
/// <see cref="Escaped(ReadOnlySpan{byte})"/>, so no client can end a line or a quoted field.
/// </summary>
internal sealed class LogLine
{
    private const int FirstBytes = 1024;

    // Printable ASCII but the quote and the backslash.
    private static readonly SearchValues<byte> Plain = SearchValues.Create([
        .. Enumerable.Range(0x20, 0x7F - 0x20).Select(b => (byte)b).Except("\"\\"u8.ToArray()),
    ]);

    private readonly byte[] _second = new byte["2026-01-31T23:59:59."u8.Length];
    private byte[] _buffer = new byte[FirstBytes];
    private int _used;
    private long _secondOf = -1;

    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _used);

    /// <summary>Begins the next line.</summary>
    public void Clear() => _used = 0;

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

        while (true)
        {
            var plain = bytes.IndexOfAnyExcept(Plain);
            if (plain < 0)
            {
                Raw(bytes);
                return;
            }

            Raw(bytes[..plain]);
            Raw("\\x"u8);
            Raw(Hex(bytes[plain] >> 4));
            Raw(Hex(bytes[plain] & 15));
            bytes = bytes[(plain + 1)..];
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
        Reserve(text.Length);
        var space = _buffer.AsSpan(_used, text.Length);
        if (Ascii.FromUtf16(text, space, out _) == OperationStatus.Done && space.IndexOfAnyExcept(Plain) < 0)
        {
            _used += text.Length;
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

        Reserve(64);
        var ipv6 = endPoint.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        if (ipv6)
        {
            Raw((byte)'[');
        }

        endPoint.Address.TryFormat(_buffer.AsSpan(_used), out var written);
        _used += written;
        if (ipv6)
        {
            Raw((byte)']');
        }

        Raw((byte)':');
        Number(endPoint.Port);
    }

    /// <summary>Without brackets, as it stands alone.</summary>
    public void Address(IPAddress address)
    {
        Reserve(64);
        address.TryFormat(_buffer.AsSpan(_used), out var written);
        _used += written;
    }

    /// <summary><c>2026-01-31T23:59:59.123Z</c></summary>
    public void Time(DateTimeOffset time)
    {
        // One line in thousands begins another second.
        var second = time.UtcTicks / TimeSpan.TicksPerSecond;
        if (second != _secondOf)
        {
            time.UtcDateTime.TryFormat(_second, out _, "yyyy-MM-ddTHH:mm:ss.");
            _secondOf = second;
        }

        Raw(_second);
        var millisecond = (int)(time.UtcTicks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMillisecond);
        Raw((byte)('0' + (millisecond / 100)));
        Raw((byte)('0' + (millisecond / 10 % 10)));
        Raw((byte)('0' + (millisecond % 10)));
        Raw((byte)'Z');
    }

    private static byte Hex(int digit) => (byte)(digit < 10 ? '0' + digit : 'a' + digit - 10);

    private void Reserve(int bytes)
    {
        if (_used + bytes > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_used + bytes, _buffer.Length * 2));
        }
    }
}
