namespace Mesh.ControlPlane.Model;

/// <summary>Where a workload runs; empty parts are unknown.</summary>
internal sealed record Locality(string Region, string Zone, string SubZone)
{
    public static Locality Unknown { get; } = new("", "", "");
}
