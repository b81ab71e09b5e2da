using Mesh.Integration.Tests.Redirect;

namespace Mesh.Integration.Tests.Families;

/// <summary>Pods with IPv4 where IPv6 is switched off.</summary>
public sealed class Ipv4OnlyMesh : FamilyMesh
{
    internal override AddressFamilyPlan[] Families { get; } = [AddressFamilyPlan.Ipv4];

    protected override char Letter => 'z';

    internal override void Prepare(NetworkNamespace host)
    {
        host.Run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1");
        host.Run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1");
    }
}
