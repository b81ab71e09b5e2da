namespace Mesh.Config.Specs;

/// <summary>Faults injected into requests of a rule.</summary>
public sealed record FaultSpec
{
    /// <summary>Delay before forwarding.</summary>
    public FaultDelaySpec? Delay { get; init; }

    /// <summary>Answer with an error instead of forwarding.</summary>
    public FaultAbortSpec? Abort { get; init; }
}
