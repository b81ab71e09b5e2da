namespace Mesh.Proxy.Upstream;

/// <summary>Where an endpoint runs; parts that nobody said are empty.</summary>
internal sealed record Locality(string Region, string Zone, string SubZone)
{
    public static Locality Unknown { get; } = new("", "", "");
}
