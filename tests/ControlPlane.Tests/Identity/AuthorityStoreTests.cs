using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.ApiServerDouble;
using Mesh.ControlPlane.Identity;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Access;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.ControlPlane.Tests.Identity;

/// <summary>Authorities that are kept: one for all replicas, whole or not at all.</summary>
public sealed class AuthorityStoreTests : IDisposable
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    private readonly string directory = Path.Combine(Directory.CreateTempSubdirectory("mesh-ca-").FullName, "ca");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(directory)!, recursive: true);

    [Fact]
    public async Task Replicas_that_start_at_once_on_one_directory_have_one_authority() =>
        await OneForAllAsync(() => new DirectoryAuthorityStore(directory));

    [Fact]
    public async Task Replicas_that_start_at_once_on_one_Secret_have_one_authority()
    {
        await using var server = await ApiServer.StartAsync();
        var clients = new List<KubernetesClient>();
        await OneForAllAsync(() =>
        {
            clients.Add(new(new ClusterAccess { Server = server.Address }, "tests/1"));
            return new SecretAuthorityStore(clients[^1], "istio-system");
        });
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task An_API_server_that_is_away_at_the_start_is_waited_for_and_one_that_refuses_is_not()
    {
        await using var server = await ApiServer.StartAsync();
        using var client = new KubernetesClient(new ClusterAccess { Server = server.Address }, "tests/1");
        var authority = new CertificateAuthority(
            new SecretAuthorityStore(client, "istio-system"),
            "cluster.local",
            Day,
            TimeProvider.System,
            NullLogger<CertificateAuthority>.Instance
        );
        server.Faults.FailPath = ("/secrets", 403);
        await Assert.ThrowsAsync<IdentityException>(() => authority.OpenAsync());
        server.Faults.FailPath = ("/secrets", 503);
        var opening = authority.OpenAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (server.Requests.Count < 4)
        {
            await Task.Delay(10, limit.Token);
        }

        Assert.False(opening.IsCompleted);
        server.Faults.FailPath = null;
        await opening;
        Assert.True(authority.IsOpen);
    }

    [Fact]
    public async Task A_Secret_that_somebody_changed_meanwhile_is_not_overwritten()
    {
        await using var server = await ApiServer.StartAsync();
        using var client = new KubernetesClient(new ClusterAccess { Server = server.Address }, "tests/1");
        await NotOverwrittenAsync(new SecretAuthorityStore(client, "istio-system"));
    }

    [Fact]
    public async Task A_directory_that_somebody_changed_meanwhile_is_not_overwritten() =>
        await NotOverwrittenAsync(new DirectoryAuthorityStore(directory));

    [Fact]
    public async Task Everything_of_a_state_is_kept_and_nothing_else_is_left_lying_about()
    {
        var now = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var store = new DirectoryAuthorityStore(directory);
        var state = RootRotation.Announce(AuthorityState.Create("cluster.local", Day, now), now, out _)!;
        state = RootRotation.Activate(state, heldByAll: true, now, out _)!;
        state = RootRotation.Announce(state, now.AddSeconds(5), out _)!;
        Assert.True(await store.TryWriteAsync(null, state));

        var read = (await store.ReadAsync())!.State;

        Assert.Equal(AuthorityDocument.Write(state), AuthorityDocument.Write(read));
        Assert.Equal(3, read.Bundle().Roots.Length);
        Assert.True(read.Signing.Certificate.HasPrivateKey);
        Assert.Equal(["authority.json", "root-cert.pem"], Directory.GetFiles(directory).Select(Path.GetFileName).Order());
        Assert.True(IdentityHost.IsPrivate(Path.Combine(directory, "authority.json")));
    }

    [Fact]
    public async Task Roots_that_got_lost_are_written_again()
    {
        var store = new DirectoryAuthorityStore(directory);
        var state = AuthorityState.Create("cluster.local", Day, TimeProvider.System.GetUtcNow());
        await store.TryWriteAsync(null, state);
        File.Delete(Path.Combine(directory, "root-cert.pem"));
        await store.ReadAsync();
        Assert.Equal(state.Bundle().Pem, await File.ReadAllTextAsync(Path.Combine(directory, "root-cert.pem")));
    }

    [Theory]
    [InlineData("{\"format\":1,\"signing\":{\"certificate\":\"SECRET\",\"key\":\"SECRET\"},\"retired\":[],\"longestLifetimeSeconds\":1}")]
    [InlineData("{\"format\":2,\"SECRET\":1}")]
    [InlineData("{\"format\":2}")]
    [InlineData("SECRET")]
    [InlineData("")]
    public async Task A_damaged_authority_is_refused_without_showing_it(string content)
    {
        Directory.CreateDirectory(directory);
        await File.WriteAllTextAsync(Path.Combine(directory, "authority.json"), content);
        var refused = await Assert.ThrowsAsync<IdentityException>(() => new DirectoryAuthorityStore(directory).ReadAsync());
        Assert.Contains(Path.Combine(directory, "authority.json"), refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_given_intermediate_signs_and_its_chain_goes_along()
    {
        var given = Given(out var root);
        Directory.CreateDirectory(directory);
        Write("ca-cert.pem", given.ExportCertificatePem());
        Write("ca-key.pem", given.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        Write("cert-chain.pem", given.ExportCertificatePem() + "\n" + root.ExportCertificatePem());
        Write("root-cert.pem", root.ExportCertificatePem());
        var authority = Authority(new DirectoryAuthorityStore(directory));
        await authority.OpenAsync();

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issued = authority.Issue(new(key), WorkloadIdentity.Create("cluster.local", "a", "b")!, Day);

        Assert.Equal(given.Subject, issued.Issuer);
        Assert.Equal(given.Thumbprint, Assert.Single(authority.State.Signing.Chain).Thumbprint);
        Assert.Equal(root.Thumbprint, Assert.Single(authority.Bundle.Roots).Thumbprint);
        Assert.Equal("", authority.Bundle.Judge(issued, [given], TimeProvider.System.GetUtcNow()));
        Assert.Null(RootRotation.Announce(authority.State, default, out var refusal));
        Assert.Contains("files that somebody else made", refusal, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(directory, "authority.json")));
    }

    [Fact]
    public async Task Everything_that_is_wrong_with_given_files_is_said_at_once()
    {
        var given = Given(out _);
        Directory.CreateDirectory(directory);
        Write("ca-cert.pem", given.ExportCertificatePem());
        var missing = await Assert.ThrowsAsync<IdentityException>(() => new DirectoryAuthorityStore(directory).ReadAsync());
        Assert.Contains("ca-key.pem is missing", missing.Message, StringComparison.Ordinal);
        Assert.Contains("root-cert.pem is missing", missing.Message, StringComparison.Ordinal);

        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Write("ca-key.pem", other.ExportPkcs8PrivateKeyPem());
        Write("root-cert.pem", CertificateIssuer.CreateRoot("x", TimeProvider.System.GetUtcNow()).ExportCertificatePem());
        var wrong = await Assert.ThrowsAsync<IdentityException>(() => new DirectoryAuthorityStore(directory).ReadAsync());
        Assert.Contains("ca-key.pem is not the unencrypted PEM key", wrong.Message, StringComparison.Ordinal);

        Write("ca-key.pem", given.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        var astray = await Assert.ThrowsAsync<IdentityException>(() => new DirectoryAuthorityStore(directory).ReadAsync());
        Assert.Contains("does not chain", astray.Message, StringComparison.Ordinal);
    }

    private static X509Certificate2 Given(out X509Certificate2 root)
    {
        var now = TimeProvider.System.GetUtcNow();
        root = CertificateIssuer.CreateRoot("above", now);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var request = new CertificateRequest("CN=intermediate", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        using var bare = request.Create(root, now.AddMinutes(-10), now.AddDays(100), [1, 2, 3]);
        return bare.CopyWithPrivateKey(key);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(directory, name), text);

    private static CertificateAuthority Authority(IAuthorityStore store) =>
        new(store, "cluster.local", Day, TimeProvider.System, NullLogger<CertificateAuthority>.Instance);

    private static async Task OneForAllAsync(Func<IAuthorityStore> open)
    {
        var replicas = Enumerable.Range(0, 8).Select(_ => Authority(open())).ToList();
        await Task.WhenAll(replicas.Select(replica => Task.Run(() => replica.OpenAsync())));
        Assert.Single(replicas.Select(replica => replica.Bundle.Pem).Distinct());
        Assert.Single(replicas[0].Bundle.Roots);
    }

    private static async Task NotOverwrittenAsync(IAuthorityStore store)
    {
        var now = TimeProvider.System.GetUtcNow();
        Assert.Null(await store.ReadAsync());
        Assert.True(await store.TryWriteAsync(null, AuthorityState.Create("cluster.local", Day, now)));
        Assert.False(await store.TryWriteAsync(null, AuthorityState.Create("cluster.local", Day, now)));
        var seen = (await store.ReadAsync())!;
        var announced = RootRotation.Announce(seen.State, now, out _)!;
        Assert.True(await store.TryWriteAsync(seen, announced));
        Assert.False(await store.TryWriteAsync(seen, seen.State));
        Assert.NotNull((await store.ReadAsync())!.State.Next);
    }
}
