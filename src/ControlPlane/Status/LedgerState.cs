namespace Mesh.ControlPlane.Status;

/// <summary>One published state.</summary>
/// <param name="View">Version of the resources made of it.</param>
/// <param name="Digest">Of the mesh objects in it, the same in every replica.</param>
internal sealed record LedgerState(long Number, string View, string Digest);
