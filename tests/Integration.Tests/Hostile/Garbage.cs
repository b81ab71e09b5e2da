using System.Text;

namespace Mesh.Integration.Tests.Hostile;

/// <summary>What no server should get: seeded, so that a failure comes again.</summary>
internal static class Garbage
{
    private const int Seed = 20_240_617;

    /// <summary>Inputs that are wrong in every protocol; each has a name for the failure message.</summary>
    public static IEnumerable<(string Name, byte[] Bytes)> ForPorts()
    {
        var random = new Random(Seed);
        yield return ("nothing at all", []);
        for (var i = 0; i < 12; i++)
        {
            yield return ($"random bytes {i}", Bytes(random, 1 << i));
        }

        yield return ("NULs", new byte[4096]);
        yield return ("line ends", Text(string.Concat(Enumerable.Repeat("\r\n", 3000)) + "x\r\n\r\n"));
        yield return ("TLS ClientHello head", [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03, .. Bytes(random, 500)]);
        foreach (var (name, text) in BadRequests())
        {
            yield return (name, Text(text));
        }

        yield return ("half a preface", Text("PRI * HTTP/2.0\r\n\r\nSM"));
        yield return ("preface, then random bytes", [.. Http2Frames.Preface, .. Bytes(random, 3000)]);
        yield return ("preface, settings, then random bytes", [.. Sound(), .. Bytes(random, 3000)]);
        yield return ("a frame over the size limit", [.. Sound(), 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 1]);
        yield return ("HEADERS that are no HPACK", [.. Sound(), .. Http2Frames.Frame(1, 5, 1, Bytes(random, 200))]);
        yield return ("HEADERS on an even stream", [.. Sound(), .. Http2Frames.Frame(1, 5, 2, [0x82])]);
        yield return ("CONTINUATION without HEADERS", [.. Sound(), .. Http2Frames.Frame(9, 4, 1, Bytes(random, 20))]);
        yield return ("DATA on an idle stream", [.. Sound(), .. Http2Frames.Frame(0, 1, 1, Bytes(random, 20))]);
        yield return ("RST_STREAM on an idle stream", [.. Sound(), .. Http2Frames.Frame(3, 0, 1, [0, 0, 0, 8])]);
        yield return ("WINDOW_UPDATE of nothing", [.. Sound(), .. Http2Frames.Frame(8, 0, 0, [0, 0, 0, 0])]);
        yield return ("WINDOW_UPDATE over 2^31", [.. Sound(), .. Twice(Http2Frames.Frame(8, 0, 0, [0x7F, 0xFF, 0xFF, 0xFF]))]);
        yield return ("SETTINGS of half a setting", [.. Http2Frames.Preface, .. Http2Frames.Frame(4, 0, 0, [0, 1, 0])]);
        yield return ("PING of the wrong size", [.. Sound(), .. Http2Frames.Frame(6, 0, 0, [1, 2, 3])]);
        yield return ("an HPACK table over the limit", [.. Sound(), .. Http2Frames.Frame(1, 5, 1, [0x3F, 0xE1, 0xFF, 0x7F])]);
        yield return ("random frames", [.. Sound(), .. RandomFrames(random, 60)]);
    }

    /// <summary>HTTP/1.1 requests that a server has to refuse, or may only understand in one harmless way.</summary>
    public static IEnumerable<(string Name, string Text)> BadRequests()
    {
        yield return ("half a request line", "GET / HT");
        yield return ("half a header", "GET / HTTP/1.1\r\nHost: ec");
        yield return ("no version", "GET /\r\n\r\n");
        yield return ("an unknown version", "GET / HTTP/9.9\r\nHost: a\r\n\r\n");
        yield return ("no Host", "GET / HTTP/1.1\r\n\r\n");
        yield return ("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
        yield return ("a Host that is none", "GET / HTTP/1.1\r\nHost: a b@[:\r\n\r\n");
        yield return ("a NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nx: a\0b\r\n\r\n");
        yield return ("a NUL in the target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n");
        yield return ("a space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n");
        yield return ("a folded line", "GET / HTTP/1.1\r\nHost: a\r\n x: folded\r\n\r\n");
        yield return ("a header without colon", "GET / HTTP/1.1\r\nHost: a\r\nnothing\r\n\r\n");
        yield return ("a huge header line", $"GET / HTTP/1.1\r\nHost: a\r\nx: {new string('x', 300_000)}\r\n\r\n");
        yield return ("a huge target", $"GET /{new string('x', 300_000)} HTTP/1.1\r\nHost: a\r\n\r\n");
        yield return ("a huge method", $"{new string('G', 300_000)} / HTTP/1.1\r\nHost: a\r\n\r\n");
        yield return (
            "too many headers",
            $"GET / HTTP/1.1\r\nHost: a\r\n{string.Concat(Enumerable.Range(0, 5000).Select(i => $"x{i}: y\r\n"))}\r\n"
        );
        yield return ("a length that is no number", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n");
        yield return ("a negative length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n");
        yield return ("a length over 2^64", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n");
        yield return ("two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab");
        yield return ("a coding nobody knows", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\u000b\r\n\r\n0\r\n\r\n");
        yield return ("chunked, but not last", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n");
    }

    public static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>The same bytes with a few of them changed, cut out or doubled.</summary>
    public static byte[] Mutate(Random random, ReadOnlySpan<byte> bytes)
    {
        var mutated = new List<byte>(bytes.ToArray());
        for (var edits = random.Next(1, 8); edits > 0 && mutated.Count > 0; edits--)
        {
            var at = random.Next(mutated.Count);
            var length = Math.Min(random.Next(1, 40), mutated.Count - at);
            switch (random.Next(4))
            {
                case 0:
                    mutated[at] = (byte)random.Next(256);
                    break;
                case 1:
                    mutated.RemoveRange(at, length);
                    break;
                case 2:
                    mutated.InsertRange(at, mutated.GetRange(at, length));
                    break;
                default:
                    mutated.Insert(at, (byte)"{}[]:&*!|>-%@`\"'\t\n #"[random.Next(20)]);
                    break;
            }
        }

        return [.. mutated];
    }

    private static byte[] Sound() => [.. Http2Frames.Preface, .. Http2Frames.Frame(Http2Frames.Settings, 0, 0, [])];

    private static byte[] Twice(byte[] bytes) => [.. bytes, .. bytes];

    private static IEnumerable<byte> RandomFrames(Random random, int count) =>
        Enumerable
            .Range(0, count)
            .SelectMany(_ =>
                Http2Frames.Frame((byte)random.Next(12), (byte)random.Next(256), random.Next(16), Bytes(random, random.Next(64)))
            );

    private static byte[] Text(string text) => Encoding.Latin1.GetBytes(text);
}
