using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>A service that is asked whether requests may pass. Names of headers may have <c>*</c> at one end.</summary>
/// <param name="Http">Over HTTP; otherwise over gRPC.</param>
internal sealed record AccessProvider(string Name, bool Http, string Host, int Port, TimeSpan Timeout, SourceRef Source)
{
    /// <summary>Requests pass where it cannot be asked.</summary>
    public bool FailOpen { get; init; }

    /// <summary>What clients get where it cannot be asked; 0 for 403.</summary>
    public int StatusOnError { get; init; }

    public bool ClearRouteCache { get; init; }

    public AccessBody? Body { get; init; }

    public string PathPrefix { get; init; } = "";

    public ImmutableArray<string> RequestHeaders { get; init; } = [];

    public ImmutableSortedDictionary<string, string> AdditionalHeaders { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableArray<string> UpstreamHeaders { get; init; } = [];

    public ImmutableArray<string> RefusalHeaders { get; init; } = [];

    public ImmutableArray<string> ResponseHeaders { get; init; } = [];
}
