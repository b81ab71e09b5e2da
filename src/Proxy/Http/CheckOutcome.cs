using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Http;

/// <summary>What a service said about a request, and what it wants changed.</summary>
internal sealed record CheckOutcome(CheckVerdict Verdict)
{
    public static CheckOutcome Failed { get; } = new(CheckVerdict.Failed);

    /// <summary>Changes of the request's head; names in lower case.</summary>
    public HeaderEdits RequestEdits { get; init; } = HeaderEdits.None;

    /// <summary>Changes of the response, or the headers of the refusal.</summary>
    public HeaderEdits ResponseEdits { get; init; } = HeaderEdits.None;

    /// <summary>Of the refusal.</summary>
    public int Status { get; init; } = 403;

    /// <summary>Of the refusal.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }
}
