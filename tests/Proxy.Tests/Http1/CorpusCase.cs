namespace Mesh.Proxy.Tests.Http1;

/// <summary>One message of the corpus and what must come of it.</summary>
internal sealed record CorpusCase(string Name, byte[] Bytes, string RequestMethod, string Verdict)
{
    public bool IsRefused => Verdict.StartsWith("! ", StringComparison.Ordinal);

    public bool IsAccepted => Verdict.StartsWith("= ", StringComparison.Ordinal);

    /// <summary>The broken rule; empty for a message that is not refused.</summary>
    public string Rule => IsRefused ? Verdict[(Verdict.LastIndexOf(' ') + 1)..] : "";
}
