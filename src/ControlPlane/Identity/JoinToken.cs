namespace Mesh.ControlPlane.Identity;

/// <summary>One line of a join-token file, without the token: whose it is and how long.</summary>
internal sealed record JoinToken(WorkloadIdentity Identity, bool Once, DateTimeOffset? Until);
