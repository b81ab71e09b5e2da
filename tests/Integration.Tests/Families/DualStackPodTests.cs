namespace Mesh.Integration.Tests.Families;

/// <summary>All of <see cref="AddressFamilyTests"/> in pods with both families, IPv4 first.</summary>
public sealed class DualStackPodTests(DualStackMesh mesh) : AddressFamilyTests(mesh), IClassFixture<DualStackMesh>;
