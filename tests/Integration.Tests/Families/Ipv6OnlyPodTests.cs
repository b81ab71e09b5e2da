namespace Mesh.Integration.Tests.Families;

/// <summary>All of <see cref="AddressFamilyTests"/> in pods with IPv6 and nothing else.</summary>
public sealed class Ipv6OnlyPodTests(Ipv6OnlyMesh mesh) : AddressFamilyTests(mesh), IClassFixture<Ipv6OnlyMesh>;
