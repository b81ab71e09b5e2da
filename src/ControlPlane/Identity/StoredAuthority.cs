namespace Mesh.ControlPlane.Identity;

/// <summary>What a store held when it was read.</summary>
/// <param name="Version">Differs whenever the content does.</param>
internal sealed record StoredAuthority(AuthorityState State, string Version);
