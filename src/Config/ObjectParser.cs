using System.Collections.Immutable;
using System.Text;
using Mesh.Config.Reading;

namespace Mesh.Config;

/// <summary>
/// Turns the text of a file into typed, validated objects: YAML or JSON, several documents, lists. Pure: the same text gives the same
/// result, whatever it holds; nothing throws for content.
/// </summary>
public static class ObjectParser
{
    /// <summary>Largest file read, in bytes: 32 MiB, a hundred times what etcd takes for one object.</summary>
    public const int MaxFileBytes = 32 * 1024 * 1024;

    /// <summary>Deepest nesting of a document, in levels; Istio's deepest field is below 20.</summary>
    public const int MaxDepth = 64;

    /// <summary>Most values that the aliases of one document may repeat, so that a few lines cannot stand for billions.</summary>
    public const int MaxAliasedNodes = 100_000;

    /// <summary>Parses the bytes of a file, which must be UTF-8, with or without a byte order mark.</summary>
    /// <param name="before">What was read from this file before: documents that are the same, in the same lines, keep their objects.</param>
    public static ParseResult Parse(string fileName, ReadOnlySpan<byte> content, ParseResult? before = null)
    {
        if (content.Length > MaxFileBytes)
        {
            return Unreadable(fileName, 0, TooLarge(content.Length));
        }
        try
        {
            return Parse(fileName, new UTF8Encoding(false, true).GetString(content), before);
        }
        catch (DecoderFallbackException e)
        {
            var line = 1 + content[..Math.Clamp(e.Index, 0, content.Length)].Count((byte)'\n');
            return Unreadable(fileName, line, "is not UTF-8; save the file as UTF-8");
        }
    }

    /// <summary>Parses the text of a file.</summary>
    /// <param name="before">What was read from this file before: documents that are the same, in the same lines, keep their objects.</param>
    public static ParseResult Parse(string fileName, string content, ParseResult? before = null)
    {
        content = content.TrimStart('\uFEFF');
        if (content.Length > MaxFileBytes)
        {
            return Unreadable(fileName, 0, TooLarge(content.Length));
        }
        // YAML readers take NUL for the end of the text and would leave out the rest without a word.
        if (content.IndexOf('\0') is >= 0 and var nul)
        {
            return Unreadable(fileName, 1 + content.AsSpan(0, nul).Count('\n'), "holds a NUL character; it is not a text file");
        }
        var documents = ImmutableDictionary.CreateBuilder<DocumentKey, ParseResult>();
        var parts = new List<ParseResult>();
        foreach (var (text, firstLine) in DocumentSplitter.Split(content))
        {
            var key = DocumentKey.Of(text, firstLine);
            var part = before?.Documents.GetValueOrDefault(key) ?? Document(fileName, text, firstLine);
            documents[key] = part;
            parts.Add(part);
        }
        return new(
            [.. parts.SelectMany(part => part.Objects)],
            [.. parts.SelectMany(part => part.Rejected)],
            [.. parts.SelectMany(part => part.Diagnostics)],
            parts.Exists(part => part.HasUnreadable)
        )
        {
            StandIns = [.. parts.SelectMany(part => part.StandIns)],
            Documents = documents.ToImmutable(),
        };
    }

    private static ParseResult Document(string fileName, string text, int firstLine)
    {
        var reader = new DocumentReader(fileName);
        reader.Read(text, firstLine);
        return reader.ToResult();
    }

    private static string TooLarge(long size) => $"has {size} bytes, at most {MaxFileBytes} are read; split the file";

    private static ParseResult Unreadable(string fileName, int line, string message) =>
        new([], [], [new Diagnostic(DiagnosticCodes.UnreadableFile, null, "", message, new SourceLocation(fileName, line))], true);
}
