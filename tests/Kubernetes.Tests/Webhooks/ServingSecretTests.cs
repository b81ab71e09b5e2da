using System.Security.Cryptography.X509Certificates;
using Mesh.Kubernetes.Webhooks;

namespace Mesh.Kubernetes.Tests.Webhooks;

public sealed class ServingSecretTests
{
    private static readonly string[] Names = ["mesh.mesh-system.svc", "127.0.0.1"];
    private static readonly ApiResource Secrets = new("", "v1", "secrets", "Secret");

    private readonly DateTimeOffset _start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_server_certificate_is_renewed_after_two_thirds_of_its_life_by_the_same_authority()
    {
        var first = ServingSecret.Create(Names, _start);
        Assert.Same(first, first.Renew(Names, _start + TimeSpan.FromDays(59)));
        var second = first.Renew(Names, _start + TimeSpan.FromDays(61));
        Assert.NotEqual(first.Server, second.Server);
        Assert.Equal(first.AuthorityPem, second.AuthorityPem);
    }

    [Fact]
    public void A_name_that_is_new_needs_a_new_certificate()
    {
        var first = ServingSecret.Create(Names, _start);
        var second = first.Renew([.. Names, "other.mesh-system.svc"], _start);
        using var server = second.Server.ReadCertificate();
        Assert.True(server.MatchesHostname("other.mesh-system.svc"));
        Assert.True(server.MatchesHostname("127.0.0.1"));
    }

    [Fact]
    public void Through_years_what_is_served_verifies_against_what_was_to_be_trusted_a_day_before_and_a_day_after()
    {
        var days = Enumerable.Range(0, 7 * 365).ToArray();
        var states = new List<ServingSecret>();
        var state = ServingSecret.Create(Names, _start);
        foreach (var day in days)
        {
            state = state.Renew(Names, _start + TimeSpan.FromDays(day));
            states.Add(state);
        }

        Assert.True(states.Select(one => one.Authority).Distinct().Count() >= 3, "the authority has changed twice");
        foreach (var day in days.Skip(1).SkipLast(1).Where(day => states[day] != states[day - 1]))
        {
            foreach (var trusted in new[] { day - 1, day, day + 1 })
            {
                Assert.True(Verifies(states[day].Server, states[trusted].AuthorityPem, day), $"served on day {day}, trusted on {trusted}");
                Assert.True(
                    Verifies(states[day - 1].Server, states[trusted].AuthorityPem, day),
                    $"served until day {day}, trusted on {trusted}"
                );
            }
        }
    }

    [Fact]
    public void It_is_written_and_read_back_and_what_is_broken_is_none()
    {
        var first = ServingSecret.Create(Names, _start);
        var later = first.Renew(Names, _start + TimeSpan.FromDays(2 * 365 + 61)) with { Before = first.Authority.Certificate };
        Assert.NotNull(later.Next);
        Assert.Equal(later, ServingSecret.Read(KubernetesObject.Read(later.Write("mesh", "webhook", "7"), Secrets)));
        Assert.Null(
            ServingSecret.Read(
                KubernetesObject.Read("""{"kind":"Secret","metadata":{"name":"n"},"data":{"ca.crt":"%","ca.key":"%"}}"""u8, Secrets)
            )
        );
        var mixed = first with { Server = first.Server with { Key = ServingSecret.Create(Names, _start).Server.Key } };
        Assert.Null(ServingSecret.Read(KubernetesObject.Read(mixed.Write("mesh", "webhook", null), Secrets)));
    }

    [Fact]
    public void No_key_is_told_as_text() =>
        Assert.DoesNotContain("PRIVATE", ServingSecret.Create(Names, _start).ToString(), StringComparison.Ordinal);

    private bool Verifies(CertificatePair server, string authorities, int day)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = (_start + TimeSpan.FromDays(day)).UtcDateTime;
        chain.ChainPolicy.CustomTrustStore.ImportFromPem(authorities);
        using var certificate = server.ReadCertificate();
        return chain.Build(certificate);
    }
}
