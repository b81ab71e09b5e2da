using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>One port of a gateway with its hosts.</summary>
public sealed record ServerSpec
{
    /// <summary>Where the server begins in the user's file.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>Its name.</summary>
    public string? Name { get; init; }

    /// <summary>The port.</summary>
    public required PortSpec Port { get; init; }

    /// <summary>Address to listen on; absent means all.</summary>
    public string? Bind { get; init; }

    /// <summary>`host`, `namespace/host`, `./host` or `*/host`.</summary>
    public ImmutableArray<string> Hosts { get; init; } = [];

    /// <summary>TLS of the port.</summary>
    public ServerTlsSpec? Tls { get; init; }

    /// <summary>Reserved by the API.</summary>
    public string? DefaultEndpoint { get; init; }
}
