namespace Mesh.Config.Specs;

/// <summary>A tunnel for TCP through an HTTP proxy.</summary>
public sealed record TunnelSpec
{
    /// <summary>`CONNECT` (default) or `POST`.</summary>
    public string Protocol { get; init; } = "CONNECT";

    /// <summary>Host the proxy connects to.</summary>
    public required string TargetHost { get; init; }

    /// <summary>Port the proxy connects to.</summary>
    public required int TargetPort { get; init; }
}
