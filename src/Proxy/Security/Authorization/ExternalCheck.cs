using System.Collections.Immutable;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Security.Authorization;

/// <summary>How a service is asked whether a request may pass.</summary>
internal sealed record ExternalCheck
{
    /// <summary>What it is asked over.</summary>
    public required bool OverGrpc { get; init; }

    public required string ClusterName { get; init; }

    /// <summary>Of requests to it; empty for the client's own.</summary>
    public string Authority { get; init; } = "";

    /// <summary>Longest wait for its answer; zero where there is no limit.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>Requests pass where it cannot be asked.</summary>
    public bool FailOpen { get; init; }

    /// <summary>What clients get where it cannot be asked.</summary>
    public int StatusOnError { get; init; } = 403;

    /// <summary>The request is routed again once the service has changed it.</summary>
    public bool ClearsRoute { get; init; }

    /// <summary>Bytes of the request's body that it sees; 0 for none.</summary>
    public int BodyBytes { get; init; }

    /// <summary>It sees the beginning of larger bodies; otherwise they are answered 413.</summary>
    public bool AllowPartialBody { get; init; }

    /// <summary>The body goes as bytes rather than as text.</summary>
    public bool BodyAsBytes { get; init; }

    /// <summary>Before the request's path.</summary>
    public string PathPrefix { get; init; } = "";

    /// <summary>Headers of the request that it sees; default for all.</summary>
    public ImmutableArray<ValueMatch> RequestHeaders { get; init; }

    /// <summary>Headers that it is sent besides.</summary>
    public ImmutableArray<KeyValuePair<string, string>> AddedHeaders { get; init; } = [];

    /// <summary>Headers of its answer that replace the request's.</summary>
    public ImmutableArray<ValueMatch> UpstreamHeaders { get; init; } = [];

    /// <summary>Headers of its answer that are added to the request's.</summary>
    public ImmutableArray<ValueMatch> UpstreamHeadersToAppend { get; init; } = [];

    /// <summary>Headers of its refusal that the client gets; default for all.</summary>
    public ImmutableArray<ValueMatch> RefusalHeaders { get; init; }

    /// <summary>Headers of its answer that the client gets with the response.</summary>
    public ImmutableArray<ValueMatch> ResponseHeaders { get; init; } = [];
}
