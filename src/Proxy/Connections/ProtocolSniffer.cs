using System.Buffers;

namespace Mesh.Proxy.Connections;

/// <summary>
/// Tells HTTP/2 with prior knowledge, HTTP/1.x and everything else apart by the first bytes of a connection. Decides as soon as the bytes
/// allow only one answer, and always within <see cref="MaxBytes"/>.
/// </summary>
internal static class ProtocolSniffer
{
    /// <summary>More bytes than this never change the answer.</summary>
    public const int MaxBytes = 48;

    private const int LongestMethod = 32;

    // Method, space, and the scheme that a target may begin with.
    private const int LongestLine = LongestMethod + 5;

    // RFC 9113 3.4; the part after the first line cannot be anything else any more.
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n"u8;

    private static readonly SearchValues<byte> MethodBytes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ-_"u8);

    /// <summary>For connections that can only be HTTP: the preface makes it HTTP/2, all else is HTTP/1.x, good or bad.</summary>
    public static SniffedProtocol SniffHttp(ReadOnlySpan<byte> start) =>
        SniffPreface(start) is var protocol && protocol == SniffedProtocol.Tcp ? SniffedProtocol.Http1 : protocol;

    public static SniffedProtocol Sniff(ReadOnlySpan<byte> start)
    {
        var preface = SniffPreface(start);
        return preface == SniffedProtocol.Tcp ? SniffRequestLine(start) : preface;
    }

    private static SniffedProtocol SniffPreface(ReadOnlySpan<byte> start)
    {
        var common = Math.Min(start.Length, Preface.Length);
        if (!start[..common].SequenceEqual(Preface[..common]))
        {
            return SniffedProtocol.Tcp;
        }

        return common == Preface.Length ? SniffedProtocol.Http2 : SniffedProtocol.Undecided;
    }

    // A method in upper case, one space, and the beginning of a request target (RFC 9112 3.2). Text protocols such as SMTP, Redis
    // or memcached also start with a word, but what follows it is neither a slash, an http URI nor a lone asterisk.
    private static SniffedProtocol SniffRequestLine(ReadOnlySpan<byte> start)
    {
        // Robust servers skip an empty line before the request line (RFC 9112 2.2), and some as many as there are: nobody shall come past what is
        // asked of requests by sending more of them.
        var empty = start.IndexOfAnyExcept("\r\n"u8) is >= 0 and var begin ? begin : start.Length;
        if (empty >= MaxBytes - LongestLine)
        {
            return SniffedProtocol.Http1;
        }

        start = start[empty..];

        var method = start.IndexOfAnyExcept(MethodBytes);
        if (method < 0)
        {
            return start.Length > LongestMethod ? SniffedProtocol.Tcp : SniffedProtocol.Undecided;
        }

        if (method is 0 or > LongestMethod || start[method] != (byte)' ')
        {
            return SniffedProtocol.Tcp;
        }

        var target = start[(method + 1)..];
        if (start[..method].SequenceEqual("CONNECT"u8))
        {
            return SniffedProtocol.Http1;
        }

        if (target.IsEmpty)
        {
            return SniffedProtocol.Undecided;
        }

        return target[0] switch
        {
            (byte)'/' => SniffedProtocol.Http1,
            (byte)'*' => StartsWith(target, "* "u8),
            (byte)'h' or (byte)'H' => StartsWith(target, "http"u8),
            _ => SniffedProtocol.Tcp,
        };
    }

    private static SniffedProtocol StartsWith(ReadOnlySpan<byte> target, ReadOnlySpan<byte> expected)
    {
        var common = Math.Min(target.Length, expected.Length);
        if (!System.Text.Ascii.EqualsIgnoreCase(target[..common], expected[..common]))
        {
            return SniffedProtocol.Tcp;
        }

        return common == expected.Length ? SniffedProtocol.Http1 : SniffedProtocol.Undecided;
    }
}
