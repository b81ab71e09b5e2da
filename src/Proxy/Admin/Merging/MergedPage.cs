using System.Buffers;
using System.Text;

namespace Mesh.Proxy.Admin.Merging;

/// <summary>
/// Lays the proxy's and the application's metrics into one page, in the format of the application's. Pure; what Prometheus could not read is
/// found before it is asked to.
/// </summary>
internal static class MergedPage
{
    // About a process: beside an application's, they would be taken for those of the application, and mostly have the same names.
    private static readonly string[] OfProcess = ["process_", "dotnet_"];

    /// <param name="own">The proxy's, as Prometheus' text.</param>
    /// <returns>The page in pieces, to be written one after the other; or what is wrong with the application's, for people.</returns>
    public static (List<ReadOnlyMemory<byte>> Pieces, string? Problem) Of(ReadOnlySpan<byte> own, ScrapedPage application)
    {
        var openMetrics = application.OpenMetrics is not null;
        var written = new ArrayBufferWriter<byte>(own.Length + 64);
        var names = new HashSet<string>(StringComparer.Ordinal);
        WriteOwn(own, openMetrics, written, names);
        List<ReadOnlyMemory<byte>> pieces = [written.WrittenMemory];
        if (Kept(application, names, pieces) is { } problem)
        {
            return ([], problem);
        }

        if (!pieces[^1].Span.EndsWith("\n"u8))
        {
            pieces.Add("\n"u8.ToArray());
        }

        if (openMetrics)
        {
            pieces.Add("# EOF\n"u8.ToArray());
        }

        return (pieces, null);
    }

    // What the application says about families that are the proxy's is left out: it must not speak for its own proxy, nor spoil its page.
    private static string? Kept(ScrapedPage application, HashSet<string> names, List<ReadOnlyMemory<byte>> pieces)
    {
        var ours = names.GetAlternateLookup<ReadOnlySpan<char>>();
        var openMetrics = application.OpenMetrics is not null;
        var body = application.Body;
        Span<char> text = stackalloc char[256];
        var (from, at, number, ended) = (0, 0, 0, false);
        while (at < body.Length)
        {
            number++;
            var rest = body.Span[at..];
            var length = rest.IndexOf((byte)'\n');
            var line = length < 0 ? rest : rest[..length];
            var next = length < 0 ? body.Length : at + length + 1;
            var kind = ExpositionLine.Read(line, openMetrics, out var name);
            if (kind == ExpositionKind.Malformed || ended)
            {
                return $"line {number} is no line of {(openMetrics ? "OpenMetrics" : "Prometheus' text")}: {Shown(line)}";
            }

            ended = kind == ExpositionKind.End;
            if (ended || (!name.IsEmpty && name.Length <= text.Length && ours.Contains(text[..Encoding.ASCII.GetChars(name, text)])))
            {
                Keep(at);
                from = next;
            }

            at = next;
        }

        Keep(body.Length);
        return openMetrics && !ended ? "it breaks off: OpenMetrics ends with # EOF" : null;

        void Keep(int end)
        {
            if (end > from)
            {
                pieces.Add(body[from..end]);
            }
        }
    }

    // OpenMetrics: a counter's samples end with _total and its family does not; counters with other names are of unknown type.
    private static void WriteOwn(ReadOnlySpan<byte> own, bool openMetrics, ArrayBufferWriter<byte> output, HashSet<string> names)
    {
        var help = default(ReadOnlySpan<byte>);
        var skipping = false;
        foreach (var range in own.Split((byte)'\n'))
        {
            var line = own[range];
            if (line.IsEmpty)
            {
                continue;
            }

            if (line.StartsWith("# HELP "u8))
            {
                help = line["# HELP "u8.Length..];
            }
            else if (line.StartsWith("# TYPE "u8))
            {
                var words = line["# TYPE "u8.Length..];
                var space = words.IndexOf((byte)' ');
                var name = words[..space];
                var type = words[(space + 1)..];
                var family = Encoding.ASCII.GetString(name);
                skipping = Array.Exists(OfProcess, prefix => family.StartsWith(prefix, StringComparison.Ordinal));
                if (skipping)
                {
                    continue;
                }

                var total = family.EndsWith("_total", StringComparison.Ordinal);
                names.Add(family);
                names.UnionWith([family + "_bucket", family + "_sum", family + "_count"]);
                if (total)
                {
                    names.Add(family[..^"_total".Length]);
                }

                if (openMetrics && type.SequenceEqual("counter"u8))
                {
                    name = total ? name[..^"_total".Length] : name;
                    type = total ? type : "unknown"u8;
                }

                output.Write("# HELP "u8);
                output.Write(name);
                output.Write(help[help.IndexOf((byte)' ')..]);
                output.Write("\n# TYPE "u8);
                output.Write(name);
                output.Write(" "u8);
                output.Write(type);
                output.Write("\n"u8);
            }
            else if (!skipping)
            {
                output.Write(line);
                output.Write("\n"u8);
            }
        }
    }

    private static string Shown(ReadOnlySpan<byte> line)
    {
        const int Most = 60;
        var text = Encoding.UTF8.GetString(line.Length <= Most ? line : line[..Most]);
        return string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) + (line.Length > Most ? "…" : "");
    }
}
