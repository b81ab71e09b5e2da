using System.Collections.Immutable;

namespace Mesh.Proxy.Security.Authorization;

/// <summary>Everything that a chain asks before traffic may pass, in the order in which it is asked.</summary>
internal sealed record AuthorizationPlan(ImmutableArray<AuthorizationStep> Steps)
{
    /// <summary>Bytes of the body that some service may see; 0 for none.</summary>
    public int BodyBytes { get; } = Steps.OfType<AuthorizationStep.Ask>().Select(ask => ask.Check.BodyBytes).DefaultIfEmpty(0).Max();

    /// <summary>Clusters of services that are asked.</summary>
    public IEnumerable<string> Clusters => Steps.OfType<AuthorizationStep.Ask>().Select(ask => ask.Check.ClusterName);
}
