using System.Globalization;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Http1;

/// <summary>How large one HTTP/1.1 message's framing may be; a refusal names the setting and its value.</summary>
internal sealed record Http1Limits
{
    public static Http1Limits Default { get; } = new();

    /// <summary>Bytes of a request line or status line, without its CRLF. Default 60 KiB, no less than a head may have, 64 B to <see cref="HeadBytes"/>.</summary>
    public int StartLineBytes { get; init; } = 60 * 1024;

    /// <summary>Bytes of a whole head: start line, header lines and their CRLFs. Default 60 KiB as Envoy, 256 B to 192 KiB.</summary>
    public int HeadBytes { get; init; } = 60 * 1024;

    /// <summary>Header lines of one head. Default 100 as Envoy, 1 to 1000.</summary>
    public int HeaderCount { get; init; } = 100;

    /// <summary>Bytes of one chunk-size line with its extensions. Default 1 KiB, 16 B to 16 KiB.</summary>
    public int ChunkLineBytes { get; init; } = 1024;

    /// <summary>Bytes of all trailer lines. Default 16 KiB, 0 to 192 KiB.</summary>
    public int TrailerBytes { get; init; } = 16 * 1024;

    /// <summary>Trailer lines of one message. Default 100, 0 to 1000.</summary>
    public int TrailerCount { get; init; } = 100;

    /// <summary>Every setting that is out of its range, in words; empty where all are fine.</summary>
    public IReadOnlyList<string> Problems()
    {
        const int LargestHead = 3 * RequestHead.MaxBytes / 4;
        var problems = new List<string>();
        Check(nameof(HeadBytes), HeadBytes, 256, LargestHead);
        Check(nameof(StartLineBytes), StartLineBytes, 64, Math.Max(64, HeadBytes));
        Check(nameof(HeaderCount), HeaderCount, 1, RequestHead.MaxHeaders);
        Check(nameof(ChunkLineBytes), ChunkLineBytes, 16, 16 * 1024);
        Check(nameof(TrailerBytes), TrailerBytes, 0, LargestHead);
        Check(nameof(TrailerCount), TrailerCount, 0, RequestHead.MaxHeaders);
        return problems;

        void Check(string setting, int value, int least, int most)
        {
            if (value < least || value > most)
            {
                problems.Add(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"Http1Limits.{setting} is {value}, must be from {least} to {most}: choose a value in that range."
                    )
                );
            }
        }
    }
}
