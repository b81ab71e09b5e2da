using Mesh.Config;

namespace Mesh.ControlPlane.Status;

/// <summary>A version of an object in force.</summary>
/// <param name="Since">The first state that had it.</param>
internal sealed record LedgerObject(ConfigObject Object, long Since);
