using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>How one workload takes connections, all scopes considered; equal by value.</summary>
/// <param name="Mode">Of ports not in <paramref name="Ports"/>.</param>
/// <param name="Ports">Those that differ.</param>
internal sealed record WorkloadPeers(PeerMode Mode, ImmutableSortedDictionary<int, PeerMode> Ports)
{
    public static WorkloadPeers Permissive { get; } = new(PeerMode.Permissive, ImmutableSortedDictionary<int, PeerMode>.Empty);

    public PeerMode At(int port) => Ports.TryGetValue(port, out var mode) ? mode : Mode;

    /// <summary>Says all of it.</summary>
    public override string ToString() => string.Join(',', Ports.Select(port => $"{port.Key}={port.Value}").Prepend(Mode.ToString()));
}
