namespace Mesh.Integration.Tests.Families;

/// <summary>Pods with IPv6 and nothing else.</summary>
public sealed class Ipv6OnlyMesh : FamilyMesh
{
    internal override AddressFamilyPlan[] Families { get; } = [AddressFamilyPlan.Ipv6];

    protected override char Letter => 'x';
}
