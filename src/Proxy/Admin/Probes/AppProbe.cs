using System.Collections.Immutable;

namespace Mesh.Proxy.Admin.Probes;

/// <summary>One question that the kubelet has for the application, and that this proxy asks in its stead.</summary>
internal sealed record AppProbe
{
    public required AppProbeKind Kind { get; init; }

    /// <summary>Of the application.</summary>
    public required int Port { get; init; }

    /// <summary>HTTP: path and query; default <c>/</c>.</summary>
    public string Path { get; init; } = "/";

    /// <summary>HTTP: over TLS, whose certificate nobody checks, as the kubelet does not either.</summary>
    public bool Tls { get; init; }

    /// <summary>HTTP: headers to send; <c>Host</c> replaces the address.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>gRPC: the service asked about; default empty, the server as a whole.</summary>
    public string Service { get; init; } = "";

    /// <summary>How long the answer may take; default 1 s, as Kubernetes', 30 s for hooks.</summary>
    public required TimeSpan Timeout { get; init; }
}
