using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.ControlPlane.Identity;

namespace Mesh.ControlPlane.Tests.Identity;

/// <summary>From one root to the next without a moment in which somebody's good certificate is not trusted.</summary>
public sealed class RootRotationTests
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly AuthorityState before = AuthorityState.Create("cluster.local", Day, Start);

    [Fact]
    public void A_new_root_is_trusted_before_it_signs_and_the_old_one_until_its_last_certificate_is_gone()
    {
        var announced = RootRotation.Announce(before, Start, out _)!;
        Assert.True(announced.Bundle().Contains(announced.Next!.Root));
        Assert.Same(before.Signing, announced.Signing);

        var active = RootRotation.Activate(announced, heldByAll: true, Start + Day, out _)!;
        Assert.Same(announced.Next, active.Signing);
        Assert.Equal(announced.Bundle().Pem, active.Bundle().Pem);

        // The last certificate under the old root, issued in the moment before.
        var last = Issue(before.Signing, Start + Day);
        var retired = Assert.Single(active.Retired);
        Assert.True(retired.LastExpiry > last.NotAfter.ToUniversalTime());
        Assert.Null(RootRotation.Finish(active, retired.LastExpiry - TimeSpan.FromSeconds(1), out _));
        Assert.Equal("", active.Bundle().Judge(last, [], Start + Day + Day - TimeSpan.FromSeconds(1)));

        var done = RootRotation.Finish(active, retired.LastExpiry, out _)!;
        Assert.Equal([active.Signing.Root.Thumbprint], done.Bundle().Roots.Select(root => root.Thumbprint));
        Assert.Contains(
            "it chains to no root of the mesh",
            done.Bundle().Judge(Issue(before.Signing, Start), [], Start + TimeSpan.FromHours(1)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Without_knowing_that_all_have_it_the_new_root_waits_until_every_certificate_was_renewed()
    {
        var announced = RootRotation.Announce(before, Start, out _)!;
        Assert.Null(RootRotation.Activate(announced, heldByAll: false, Start + Day, out var refusal));
        Assert.Contains("certain at 2030-01-02T00:05:00Z", refusal, StringComparison.Ordinal);
        Assert.NotNull(RootRotation.Activate(announced, heldByAll: false, Start + Day + RootRotation.Slack, out _));
    }

    [Fact]
    public void Steps_out_of_order_are_refused_with_the_reason()
    {
        Assert.Null(RootRotation.Activate(before, true, Start, out var nothing));
        Assert.Equal("no new root is announced", nothing);
        Assert.Null(RootRotation.Finish(before, Start, out var none));
        Assert.Equal("there is no old root", none);
        var announced = RootRotation.Announce(before, Start, out _)!;
        Assert.Null(RootRotation.Announce(announced, Start, out var twice));
        Assert.Contains("announced already", twice, StringComparison.Ordinal);
    }

    private static X509Certificate2 Issue(SigningKey signer, DateTimeOffset at)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return CertificateIssuer.IssueWorkload(signer, new(key), WorkloadIdentity.Create("cluster.local", "a", "b")!, at, Day);
    }
}
