using System.Text;
using Mesh.Tests;

namespace Mesh.Proxy.Tests.Http1;

/// <summary>The messages of testdata/http1; the files say how they are written.</summary>
internal static class Corpus
{
    private static readonly string Folder = Path.Combine(Peers.ProjectDirectory, "testdata", "http1");

    public static IReadOnlyList<CorpusCase> Requests { get; } = Read("requests.txt");

    public static IReadOnlyList<CorpusCase> Responses { get; } = Read("responses.txt");

    /// <summary>The differences that are meant: who, <c>accepts</c> or <c>refuses</c>, and the case or the rule.</summary>
    public static IReadOnlyList<(string Peer, string Does, string What)> Differences { get; } =
    [
        .. File.ReadAllLines(Path.Combine(Folder, "differences.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(" | "))
            .Select(parts =>
                parts.Length == 4 && parts[3].Length > 10
                    ? (parts[0], parts[1], parts[2])
                    : throw new FormatException($"not WHO | DOES | WHAT | REASON: {string.Join(" | ", parts)}")
            ),
    ];

    private static List<CorpusCase> Read(string file)
    {
        var cases = new List<CorpusCase>();
        var name = "";
        var method = "GET";
        var bytes = new List<byte>();
        foreach (var line in File.ReadAllLines(Path.Combine(Folder, file), Encoding.ASCII))
        {
            switch (line)
            {
                case "" or ['#', ..]:
                    break;
                case ['|', .. var text]:
                    bytes.AddRange(WireText.Unescape(text));
                    bytes.AddRange("\r\n"u8);
                    break;
                case ['+', .. var text]:
                    bytes.AddRange(WireText.Unescape(text));
                    break;
                case ['=' or '!' or '~', ..]:
                    cases.Add(new(name, [.. bytes], method, line));
                    method = "GET";
                    bytes.Clear();
                    break;
                default:
                    var colon = line.IndexOf(": ", StringComparison.Ordinal);
                    switch (line[..colon])
                    {
                        case "name":
                            name = line[(colon + 2)..];
                            break;
                        case "for":
                            method = line[(colon + 2)..];
                            break;
                        default:
                            throw new FormatException($"{file}: {line}");
                    }

                    break;
            }
        }

        return cases;
    }
}
