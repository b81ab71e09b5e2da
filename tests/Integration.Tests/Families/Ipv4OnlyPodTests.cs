namespace Mesh.Integration.Tests.Families;

/// <summary>All of <see cref="AddressFamilyTests"/> in pods with IPv4 where IPv6 is switched off.</summary>
public sealed class Ipv4OnlyPodTests(Ipv4OnlyMesh mesh) : AddressFamilyTests(mesh), IClassFixture<Ipv4OnlyMesh>;
