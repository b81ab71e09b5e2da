using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Grpc;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Security;
using Mesh.Xds;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Tests.Identity;

/// <summary>Asking for a certificate, before a control plane that answers as each test wants.</summary>
#pragma warning disable CA1001 // xunit disposes it through IAsyncLifetime
public sealed class CertificateClientTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private const string Token = "swordfish-0123456789";
    private const string Own = "spiffe://cluster.local/ns/shop/sa/books";

    private static readonly GrpcMethod<Pb.IstioCertificateRequest, Pb.IstioCertificateResponse> Method = new(
        CertificateMethods.CreateCertificatePath,
        Pb.IstioCertificateRequest.Parser,
        Pb.IstioCertificateResponse.Parser
    );

    private readonly string _directory = Directory.CreateTempSubdirectory("mesh-client-").FullName;
    private readonly TestAuthority _authority = new("ours");
    private readonly IdentityStore _store = new();
    private readonly List<string> _keys = [];
    private readonly List<string?> _authorizations = [];
    private WebApplication _server = null!;
    private Func<PublicKey, string[]> _answer;
    private TimeSpan _ahead;

    public CertificateClientTests() => _answer = Good;

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(At("token"), Token + "\n");
        await File.WriteAllTextAsync(At("root.pem"), _authority.Root.ExportCertificatePem());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(
                IPAddress.Loopback,
                0,
                listen =>
                {
                    listen.Protocols = HttpProtocols.Http2;
                    listen.UseHttps(_authority.Serving(IPAddress.Loopback));
                }
            )
        );
        _server = builder.Build();
        _server.MapGrpcUnary(
            Method,
            (request, context) =>
            {
                var key = CertificateRequest.LoadSigningRequestPem(request.Csr, HashAlgorithmName.SHA256).PublicKey;
                _keys.Add(Convert.ToHexString(key.EncodedKeyValue.RawData));
                _authorizations.Add(context.RequestHeaders.GetText("authorization"));
                context.ResponseHeaders.Add(
                    CertificateMethods.TimeHeader,
                    (TimeProvider.System.GetUtcNow() + _ahead).ToString("O", CultureInfo.InvariantCulture)
                );
                return Task.FromResult(new Pb.IstioCertificateResponse { CertChain = { _answer(key) } });
            }
        );
        await _server.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _authority.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task What_comes_is_the_identity_with_its_own_key_and_the_roots()
    {
        using var client = Client();
        var certificate = (await client.FetchAsync(null, CancellationToken.None)).Certificate;
        Assert.Equal(Own, certificate.Identity.Uri);
        Assert.True(certificate.Leaf.HasPrivateKey);
        Assert.Equal(_authority.Root.Thumbprint, Assert.Single(certificate.Roots).Thumbprint);
        Assert.Equal(TimeSpan.Zero, certificate.ClockSkew);
        Assert.Equal([$"Bearer {Token}"], _authorizations);
    }

    [Fact]
    public async Task A_key_is_kept_until_its_certificate_has_come_and_never_used_for_another()
    {
        using var client = Client();
        _answer = _ => throw new GrpcException(GrpcStatusCode.Unavailable, "not now");
        await FailsAsync(client, "not now");
        await FailsAsync(client, "not now");
        _answer = Good;
        await client.FetchAsync(null, CancellationToken.None);
        await client.FetchAsync(null, CancellationToken.None);
        Assert.Equal([_keys[0], _keys[0], _keys[0]], _keys[..3]);
        Assert.NotEqual(_keys[0], _keys[3]);
    }

    [Fact]
    public async Task Answers_of_no_use_are_refused()
    {
        using var client = Client();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _answer = key => Good(key)[..1];
        await FailsAsync(client, "without the roots to trust");
        _answer = _ => Good(new(other));
        await FailsAsync(client, "of no use");
        _answer = key => ["hello", Good(key)[1]];
        await FailsAsync(client, "of no use");
        _answer = key => [Good(key)[0], "hello"];
        await FailsAsync(client, "without the roots to trust");
    }

    [Fact]
    public async Task A_server_of_another_root_or_under_another_name_never_sees_the_token()
    {
        using var misnamed = Client("localhost");
        await FailsAsync(misnamed, "");
        using var theirs = new TestAuthority("theirs");
        await File.WriteAllTextAsync(At("root.pem"), theirs.Root.ExportCertificatePem());
        using var foreign = Client();
        await FailsAsync(foreign, "");
        Assert.Empty(_authorizations);
    }

    [Fact]
    public async Task A_clock_that_is_off_is_noticed()
    {
        _ahead = TimeSpan.FromMinutes(7);
        using var client = Client();
        var issued = await client.FetchAsync(null, CancellationToken.None);
        Assert.InRange(issued.Certificate.ClockSkew, TimeSpan.FromMinutes(6.5), TimeSpan.FromMinutes(7.5));
    }

    [Fact]
    public async Task A_token_that_somebody_gave_in_place_of_its_file_is_not_shown()
    {
        using var client = Client(token: Token);
        var problem = await FailsAsync(client, "the file that --token names cannot be read");
        Assert.DoesNotContain(Token, problem, StringComparison.Ordinal);
    }

    private string[] Good(PublicKey key) =>
        [_authority.Sign(key, Own, TimeProvider.System.GetUtcNow()).ExportCertificatePem(), _authority.Root.ExportCertificatePem()];

    private CertificateClient Client(string host = "127.0.0.1", string? token = null)
    {
        var bound = new Uri(_server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        var options = new ProxyIdentityOptions(At("root.pem"), token ?? At("token"));
        return new(
            new Uri($"https://{host}:{bound.Port}"),
            new ControlPlaneTls(options, _store, TimeProvider.System),
            options,
            TimeProvider.System
        );
    }

    private static async Task<string> FailsAsync(CertificateClient client, string reason)
    {
        var problem = await Assert.ThrowsAsync<CertificateException>(() => client.FetchAsync(null, CancellationToken.None));
        Assert.Contains(reason, problem.Message, StringComparison.Ordinal);
        return problem.Message;
    }

    private string At(string name) => Path.Combine(_directory, name);
}
