namespace Mesh.Config.Specs;

/// <summary>Header edits for request and response.</summary>
public sealed record HeadersSpec
{
    /// <summary>Edits of the request before forwarding.</summary>
    public HeaderOperationsSpec? Request { get; init; }

    /// <summary>Edits of the response on its way back.</summary>
    public HeaderOperationsSpec? Response { get; init; }
}
