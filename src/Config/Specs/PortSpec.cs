namespace Mesh.Config.Specs;

/// <summary>A port with its protocol.</summary>
public sealed record PortSpec
{
    /// <summary>Number, 1 to 65535.</summary>
    public required int Number { get; init; }

    /// <summary>HTTP, HTTPS, HTTP2, GRPC, GRPC-WEB, MONGO, MYSQL, REDIS, TCP, TLS or UDP in upper case.</summary>
    public string? Protocol { get; init; }

    /// <summary>Its name.</summary>
    public string? Name { get; init; }

    /// <summary>Port of the endpoints; absent means Number.</summary>
    public int? TargetPort { get; init; }
}
