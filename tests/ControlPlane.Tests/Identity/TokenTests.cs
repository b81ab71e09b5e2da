using Mesh.ApiServerDouble;
using Mesh.ControlPlane.Identity;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Access;
using Mesh.Startup;

namespace Mesh.ControlPlane.Tests.Identity;

/// <summary>Tokens of both kinds: whose they are, and why not.</summary>
public sealed class TokenTests
{
    [Fact]
    public async Task A_service_account_token_for_the_mesh_is_its_account_s_and_its_pod_s()
    {
        await using var server = await ApiServer.StartAsync();
        server.ServiceAccountTokens["good"] = new("shop", "books", ["api", "istio-ca"], "books-1");
        var verdict = await ReviewAsync(server, "good");
        Assert.Equal("spiffe://cluster.local/ns/shop/sa/books", verdict.Caller!.Identity.Uri);
        Assert.Equal("books-1", verdict.Caller.Pod);
    }

    [Theory]
    [InlineData("""{"exp":1893456000}""", 1893456000L)]
    [InlineData("""{"exp":"soon"}""", null)]
    [InlineData("""{"exp":1e300}""", null)]
    [InlineData("""{"exp":9223372036854775807}""", null)]
    [InlineData("""{}""", null)]
    [InlineData("[]", null)]
    [InlineData("{", null)]
    public async Task What_a_token_opens_ends_with_it_where_it_says_when(string payload, long? until)
    {
        await using var server = await ApiServer.StartAsync();
        var token = $"e30.{System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(payload))}.c2ln";
        server.ServiceAccountTokens[token] = new("shop", "books", ["istio-ca"], "books-1");
        var verdict = await ReviewAsync(server, token);
        Assert.Equal(until is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null, verdict.Caller!.Until);
    }

    [Fact]
    public async Task Other_tokens_are_refused_with_the_reason_and_without_the_token()
    {
        await using var server = await ApiServer.StartAsync();
        server.ServiceAccountTokens["for-the-api"] = new("shop", "books", ["https://kubernetes.default.svc"]);
        await RefusedAsync(server, "made-up", "does not accept the service-account token");
        await RefusedAsync(server, "for-the-api", "made for another audience");

        // A server that knows no audiences accepts the token of any purpose: nobody has checked it then.
        server.KnowsAudiences = false;
        await RefusedAsync(server, "for-the-api", "not made for the audience istio-ca");

        server.Faults.Fail(1, 500);
        await RefusedAsync(server, "for-the-api", "the API server cannot review tokens");
    }

    [Fact]
    public void A_file_of_join_tokens_says_whose_each_is_and_how_long()
    {
        var tokens = JoinTokenFile.Read(
            "# who may join\n0123456789abcdef shop/books\n\tfedcba9876543210   shop/mail.v2 once until=2030-01-31T00:00:00Z # soon\n",
            "mesh.example",
            out var problems
        );
        Assert.Empty(problems);
        Assert.Equal(2, tokens.Count);
        var mail = tokens[JoinTokenFile.HashOf("fedcba9876543210")];
        Assert.Equal("spiffe://mesh.example/ns/shop/sa/mail.v2", mail.Identity.Uri);
        Assert.True(mail.Once);
        Assert.Equal(new DateTimeOffset(2030, 1, 31, 0, 0, 0, TimeSpan.Zero), mail.Until);
    }

    [Fact]
    public void Every_bad_line_is_named_and_no_token_is_shown()
    {
        JoinTokenFile.Read(
            "0123456789abcdef\nshort shop/a\n0123456789abcdeg Shop/a\n0123456789abcdeh shop/a twice\n0123456789abcdei shop/a\n0123456789abcdei shop/b\n0123456789abcdej shop/a until=then",
            "cluster.local",
            out var problems
        );
        Assert.Equal(["line 1", "line 2", "line 3", "line 4", "line 6", "line 7"], problems.Select(problem => problem.Split(':')[0]));
        Assert.DoesNotContain(
            problems,
            problem => problem.Contains("0123456789", StringComparison.Ordinal) || problem.Contains("short", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("spiffe://cluster.local/ns/shop/sa/books", true)]
    [InlineData("spiffe://cluster.local/ns/shop/sa/books/", false)]
    [InlineData("spiffe://cluster.local/ns/shop/sa/books?x", false)]
    [InlineData("spiffe://cluster.local/ns/Shop/sa/books", false)]
    [InlineData("spiffe://cluster.local/ns//sa/books", false)]
    [InlineData("spiffe://cluster.local/ns/shop/sa/../books", false)]
    [InlineData("spiffe://user@cluster.local/ns/shop/sa/books", false)]
    [InlineData("https://cluster.local/ns/shop/sa/books", false)]
    public void Only_whole_identities_are_read(string uri, bool sound) =>
        Assert.Equal(sound ? uri : null, WorkloadIdentity.Parse(uri)?.Uri);

    [Fact]
    public void A_secret_is_nowhere_but_where_it_is_asked_for()
    {
        var secret = new Redacted("swordfish");
        Assert.Equal("swordfish", secret.Reveal());
        Assert.Equal("(redacted) (redacted)", $"{secret} {string.Format(null, "{0}", secret)}");
        Assert.DoesNotContain("swordfish", System.Text.Json.JsonSerializer.Serialize(secret), StringComparison.Ordinal);
    }

    private static async Task<TokenVerdict> ReviewAsync(ApiServer server, string token)
    {
        using var client = new KubernetesClient(new ClusterAccess { Server = server.Address }, "tests/1");
        return await new TokenReviewer(client, "cluster.local").ReadAsync(new(token), CancellationToken.None);
    }

    private static async Task RefusedAsync(ApiServer server, string token, string reason)
    {
        var verdict = await ReviewAsync(server, token);
        Assert.Null(verdict.Caller);
        Assert.Contains(reason, verdict.Refusal, StringComparison.Ordinal);
        Assert.DoesNotContain(token, verdict.Refusal, StringComparison.Ordinal);
    }
}
