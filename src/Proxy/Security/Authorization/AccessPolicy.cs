namespace Mesh.Proxy.Security.Authorization;

/// <summary>One policy: matches where its condition holds.</summary>
/// <param name="Name">As it is logged and counted, such as <c>ns[default]-policy[only-get]-rule[0]</c>.</param>
internal sealed record AccessPolicy(string Name, AccessCondition Condition)
{
    /// <summary>Envoy's response code details of what it refuses.</summary>
    public string Details { get; } = AccessRules.DetailsOf(Name);
}
