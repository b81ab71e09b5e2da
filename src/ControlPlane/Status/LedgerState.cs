namespace Mesh.ControlPlane.Status;

/// <summary>A run of published states that have the same mesh objects: between two of them endpoints and the like changed.</summary>
/// <param name="Number">Of its first state.</param>
/// <param name="View">Number of the resources that were made of its first state.</param>
/// <param name="Digest">Of the mesh objects, the same in every replica.</param>
internal sealed record LedgerState(long Number, long View, string Digest);
