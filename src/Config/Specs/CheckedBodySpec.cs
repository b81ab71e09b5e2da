namespace Mesh.Config.Specs;

/// <summary>How much of a request's body a service sees that is asked whether the request may pass.</summary>
public sealed record CheckedBodySpec
{
    /// <summary>Most bytes.</summary>
    public int MaxRequestBytes { get; init; }

    /// <summary>Shows the beginning of larger bodies, which are answered 413 otherwise.</summary>
    public bool AllowPartialMessage { get; init; }

    /// <summary>gRPC: as bytes instead of text.</summary>
    public bool PackAsBytes { get; init; }
}
