namespace Mesh.Config.Specs;

/// <summary>What happens to unknown destinations.</summary>
public sealed record OutboundTrafficPolicySpec
{
    /// <summary>Refuse or pass through.</summary>
    public OutboundTrafficMode Mode { get; init; }

    /// <summary>Where they go when passed through.</summary>
    public DestinationSpec? EgressProxy { get; init; }
}
