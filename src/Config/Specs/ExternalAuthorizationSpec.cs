using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>How a service is asked whether a request may pass.</summary>
public sealed record ExternalAuthorizationSpec
{
    /// <summary>Host, or namespace/host.</summary>
    public required string Service { get; init; }

    /// <summary>Port of the service.</summary>
    public int Port { get; init; }

    /// <summary>Longest wait for the answer; default 600 s.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Requests pass where the service cannot be asked; default false.</summary>
    public bool FailOpen { get; init; }

    /// <summary>What clients are answered where the service cannot be asked; default 403.</summary>
    public string? StatusOnError { get; init; }

    /// <summary>Routes are looked up again after the check; default false.</summary>
    public bool ClearRouteCache { get; init; }

    /// <summary>The request's body for the service; absent for none.</summary>
    public CheckedBodySpec? IncludeRequestBodyInCheck { get; init; }

    /// <summary>HTTP: what stands before the request's path.</summary>
    public string? PathPrefix { get; init; }

    /// <summary>HTTP: headers of the request that the service is shown, exact or with * at one end.</summary>
    public ImmutableArray<string> IncludeRequestHeadersInCheck { get; init; } = [];

    /// <summary>HTTP: headers that the service is sent besides.</summary>
    public ImmutableSortedDictionary<string, string> IncludeAdditionalHeadersInCheck { get; init; } = StringMap.Empty<string>();

    /// <summary>HTTP: headers of its answer that the upstream gets.</summary>
    public ImmutableArray<string> HeadersToUpstreamOnAllow { get; init; } = [];

    /// <summary>HTTP: headers of its refusal that the client gets; empty for all.</summary>
    public ImmutableArray<string> HeadersToDownstreamOnDeny { get; init; } = [];

    /// <summary>HTTP: headers of its answer that the client gets with the response.</summary>
    public ImmutableArray<string> HeadersToDownstreamOnAllow { get; init; } = [];
}
