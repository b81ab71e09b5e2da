using System.Collections.Immutable;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Generation;

/// <summary>The virtual hosts of one route configuration with what they were made from, so that a change of routes costs only the hosts it is about.</summary>
/// <param name="Free">By candidate: the derived domains that are its own and nobody else's.</param>
/// <param name="Parts">By candidate: a <see cref="HostPart"/> each.</param>
internal sealed record HostList(
    MeshSettings Settings,
    ImmutableArray<object?> ClientInputs,
    ImmutableArray<HostCandidate> Candidates,
    ImmutableArray<ImmutableArray<string>> Free,
    ImmutableArray<MemoEntry> Parts
)
{
    /// <summary>Whether the same domains belong to the same candidates for that client, and equal routes give equal hosts.</summary>
    public bool Fits(ImmutableArray<HostCandidate> candidates, Client client)
    {
        if (
            !ReferenceEquals(Settings, client.Settings)
            || candidates.Length != Candidates.Length
            || !ClientInputs.SequenceEqual(client.RouteContext, EqualityComparer<object?>.Create(Same))
        )
        {
            return false;
        }

        for (var i = 0; i < candidates.Length; i++)
        {
            if (!candidates[i].HasNamesOf(Candidates[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Same(object? left, object? right) => ReferenceEquals(left, right) || (left is string && left.Equals(right));
}
