namespace Mesh.Config.Specs;

/// <summary>A service that objects refer to by name. Providers of other kinds than authorization have a name only.</summary>
public sealed record ExtensionProviderSpec
{
    /// <summary>Where it is written.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>A service that is asked over HTTP whether a request may pass.</summary>
    public ExternalAuthorizationSpec? EnvoyExtAuthzHttp { get; init; }

    /// <summary>A service that is asked over gRPC whether a request may pass.</summary>
    public ExternalAuthorizationSpec? EnvoyExtAuthzGrpc { get; init; }
}
