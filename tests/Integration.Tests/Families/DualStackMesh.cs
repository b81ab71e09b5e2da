namespace Mesh.Integration.Tests.Families;

/// <summary>Pods with both families, IPv4 first.</summary>
public sealed class DualStackMesh : FamilyMesh
{
    internal override AddressFamilyPlan[] Families { get; } = [AddressFamilyPlan.Ipv4, AddressFamilyPlan.Ipv6];

    protected override char Letter => 'y';
}
