using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Mesh.ControlPlane.Identity;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.ControlPlane.Tests.Identity;

/// <summary>The control plane's own certificate on a clock that the test moves.</summary>
public sealed class ServingCertificateTests : IDisposable
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    private readonly string directory = Directory.CreateTempSubdirectory("mesh-serving-").FullName;
    private readonly Clock clock = new();

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public async Task Through_a_week_every_handshake_gets_one_with_half_of_its_life_left_and_few_are_made()
    {
        var (_, serving) = await OpenAsync();
        var made = new HashSet<SslStreamCertificateContext>();
        for (var passed = TimeSpan.Zero; passed < TimeSpan.FromDays(7); passed += TimeSpan.FromMinutes(10))
        {
            var current = serving.Current();
            made.Add(current);
            Assert.InRange(current.TargetCertificate.NotAfter.ToUniversalTime() - clock.Now.UtcDateTime, Day / 2, Day);
            clock.Now += TimeSpan.FromMinutes(10);
        }

        Assert.Equal(14, made.Count);
    }

    [Fact]
    public async Task It_has_the_names_that_proxies_dial_and_is_for_servers_alone()
    {
        var (_, serving) = await OpenAsync();
        var certificate = serving.Current().TargetCertificate;
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.Equal(["istiod.mesh.svc", "cp.example"], names.EnumerateDnsNames());
        Assert.Equal(["127.0.0.1"], names.EnumerateIPAddresses().Select(address => address.ToString()));
        Assert.Equal(
            "1.3.6.1.5.5.7.3.1",
            Assert
                .Single(
                    certificate
                        .Extensions.OfType<X509EnhancedKeyUsageExtension>()
                        .Single()
                        .EnhancedKeyUsages.Cast<System.Security.Cryptography.Oid>()
                )
                .Value
        );
        Assert.Null(WorkloadIdentity.Of(certificate));
        // For who cannot know yet that its clock is behind.
        Assert.True(certificate.NotBefore.ToUniversalTime() <= clock.Now.UtcDateTime - TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task When_another_root_signs_the_next_handshake_is_under_that_one()
    {
        var (authority, serving) = await OpenAsync();
        var first = serving.Current();
        clock.Now += TimeSpan.FromMinutes(1);
        var store = new DirectoryAuthorityStore(directory);
        var seen = (await store.ReadAsync())!;
        var state = RootRotation.Announce(seen.State, clock.Now, out _)!;
        await store.TryWriteAsync(seen, state);
        await authority.RefreshAsync();
        Assert.Equal(first.TargetCertificate.Issuer, serving.Current().TargetCertificate.Issuer);

        seen = (await store.ReadAsync())!;
        await store.TryWriteAsync(seen, RootRotation.Activate(seen.State, heldByAll: true, clock.Now, out _)!);
        await authority.RefreshAsync();

        Assert.NotEqual(first.TargetCertificate.Issuer, state.Next!.Certificate.Subject);
        Assert.Equal(state.Next!.Certificate.Subject, serving.Current().TargetCertificate.Issuer);
    }

    private async Task<(CertificateAuthority Authority, ServingCertificate Serving)> OpenAsync()
    {
        var authority = new CertificateAuthority(
            new DirectoryAuthorityStore(directory),
            "cluster.local",
            Day,
            clock,
            NullLogger<CertificateAuthority>.Instance
        );
        await authority.OpenAsync();
        return (authority, new(authority, ["istiod.mesh.svc", "cp.example", "127.0.0.1"], clock));
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
