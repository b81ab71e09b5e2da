using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>What a rule does with a request.</summary>
internal abstract record RuleAction
{
    /// <summary>Sends it to one of several weighted destinations. A timeout of null means none; retries of null mean the mesh's default.</summary>
    internal sealed record Forward(
        ImmutableArray<WeightedDestination> Destinations,
        PathRewrite? PathRewrite,
        string? AuthorityRewrite,
        TimeSpan? Timeout,
        RetryPolicy? Retries
    ) : RuleAction
    {
        /// <summary>Where copies go.</summary>
        public ImmutableArray<Mirror> Mirrors { get; init; } = [];
    }

    /// <summary>Answers with a Location. Null fields keep what the request had.</summary>
    internal sealed record Redirect(
        int StatusCode,
        string? Path,
        string? PrefixRewrite,
        string? Authority,
        string? Scheme,
        int? Port,
        bool PortFromRequest
    ) : RuleAction;

    /// <summary>Answers by itself.</summary>
    internal sealed record DirectResponse(int StatusCode, ImmutableArray<byte> Body) : RuleAction;

    /// <summary>The rule's meaning could not be established; it keeps its match and answers 500 with the reason.</summary>
    internal sealed record Invalid(string Reason) : RuleAction;
}
