namespace Mesh.ControlPlane.Status;

/// <summary>How many of the connected proxies have accepted a version of an object.</summary>
internal readonly record struct Programmed(int Have, int Of);
