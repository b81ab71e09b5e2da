using Mesh.Integration.Tests.Harness;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>S05 with S06: policies that ask for what a verified token says, over HTTP/1.1 and HTTP/2; Node is the issuer.</summary>
[Collection(GuardedCollection.Name)]
public sealed class S05TokenPolicyTests(GuardedMesh mesh) : IDisposable
{
    private const string Issuer = "https://login.example";

    private readonly TokenIssuer? _issuer = Peers.WhyMissing(TokenIssuer.Peer) is null ? new() : null;

    /// <summary>A rule, the payload of a token that it takes (empty: none at all), and of one that it does not.</summary>
    public static TheoryData<string, string, string> Rules =>
        new()
        {
            { "from: [ { source: { requestPrincipals: [ 'https://login.example/anna' ] } } ]", "sub=anna", "sub=eve" },
            { "from: [ { source: { requestPrincipals: [ '*/anna' ] } } ]", "sub=anna", "" },
            { "from: [ { source: { requestPrincipals: [ '*' ] } } ]", "sub=eve", "" },
            { "from: [ { source: { requestPrincipals: [ '*' ] } } ]", "sub=eve", "aud=till" },
            { "from: [ { source: { notRequestPrincipals: [ '*/eve' ] } } ]", "sub=anna", "sub=eve" },
            { "from: [ { source: { notRequestPrincipals: [ '*' ] } } ]", "", "sub=eve" },
            { "when: [ { key: request.auth.principal, values: [ 'https://login.example/*' ] } ]", "sub=anna", "" },
            { "when: [ { key: request.auth.principal, notValues: [ '*/eve' ] } ]", "", "sub=eve" },
            { "when: [ { key: request.auth.audiences, values: [ till ] } ]", "aud=[stock,till]", "aud=[stock,till2]" },
            { "when: [ { key: request.auth.audiences, values: [ till ] } ]", "aud=till", "sub=anna" },
            { "when: [ { key: request.auth.audiences, notValues: [ 'st*' ] } ]", "aud=till", "aud=[till,stock]" },
            { "when: [ { key: request.auth.presenter, values: [ 'till-*' ] } ]", "azp=till-app", "azp=app" },
            { "when: [ { key: request.auth.presenter, notValues: [ app ] } ]", "azp=till-app", "azp=app" },
            { "when: [ { key: 'request.auth.claims[group]', values: [ 'dev*' ] } ]", "group=[ops,devops]", "group=[ops,xdev]" },
            { "when: [ { key: 'request.auth.claims[group]', values: [ '*' ] } ]", "group=ops", "sub=anna" },
            { "when: [ { key: 'request.auth.claims[group]', values: [ '*' ] } ]", "group=[ops]", "group=[]" },
            { "when: [ { key: 'request.auth.claims[group]', values: [ '*' ] } ]", "group=ops", "group=" },
            { "when: [ { key: 'request.auth.claims[realm]', values: [ '*' ] } ]", "realm=shop", "realm.roles=cashier" },
            { "when: [ { key: 'request.auth.claims[group]', notValues: [ ops ] } ]", "sub=anna", "group=[dev,ops]" },
            {
                "when: [ { key: 'request.auth.claims[realm][roles]', values: [ cashier ] } ]",
                "realm.roles=[intern,cashier]",
                "roles=cashier"
            },
            {
                "when: [ { key: 'request.auth.claims[realm][roles]', notValues: [ intern ] } ]",
                "realm.roles=cashier",
                "realm.roles=[cashier,intern]"
            },
            { "when: [ { key: 'request.auth.claims[scope]', values: [ write ] } ]", "scope=read write", "scope=read writes" },
            { "when: [ { key: 'request.auth.claims[iss]', values: [ 'https://login.example' ] } ]", "sub=anna", "" },
        };

    [PeerTheory(TokenIssuer.Peer)]
    [MemberData(nameof(Rules))]
    public async Task Every_claim_allows_what_it_says_and_nothing_else(string rule, string taken, string refused)
    {
        await TrustAsync();
        await mesh.PolicyAsync($"rules: [ {{ {rule} }} ]");

        foreach (var protocol in new[] { Protocols.Http1, Protocols.Http2 })
        {
            Assert.Equal(200, (await AskAsync(protocol, taken)).Status);
            Assert.Equal(403, (await AskAsync(protocol, refused)).Status);
        }
    }

    [PeerFact(TokenIssuer.Peer)]
    public async Task Several_tokens_all_have_to_verify_and_one_of_another_issuer_grants_nothing()
    {
        await TrustAsync();
        await mesh.PolicyAsync("rules: [ { from: [ { source: { requestPrincipals: [ '*/anna' ] } } ] } ]");
        var good = Token("sub=anna");
        _issuer!.Key("forged");
        var forged = _issuer.Token("forged", "RS256", new { iss = Issuer, sub = "anna" }, new { alg = "RS256", kid = "k1" });
        var unnamed = _issuer.Token("k1", "RS256", new { iss = Issuer, sub = "anna" }, new { alg = "RS256" });
        foreach (var protocol in new[] { Protocols.Http1, Protocols.Http2 })
        {
            Task<(int Status, string Body, string Headers)> Ask(string path, params string[] headers) =>
                GuardedMesh.AskAsync(mesh.Client, protocol, path, [.. headers.SelectMany(header => new[] { "-H", header })]);

            Assert.Equal(200, (await Ask("/", $"authorization: Bearer {good}")).Status);
            Assert.Equal(200, (await Ask("/", $"authorization: bearer {unnamed}")).Status);
            Assert.Equal(401, (await Ask($"/?access_token={forged}", $"authorization: Bearer {good}")).Status);
            Assert.Equal(401, (await Ask($"/?access_token=", $"authorization: Bearer {good}")).Status);
            Assert.Equal(401, (await Ask("/", $"authorization: Bearer {good}", $"authorization: Bearer {forged}")).Status);
            Assert.Equal(401, (await Ask("/", $"authorization: Bearer {good}, Bearer {forged}")).Status);
            Assert.Equal(403, (await Ask("/", "authorization: Bearer")).Status);
            Assert.Equal(403, (await Ask("/", $"authorization: Basic {good}")).Status);
            Assert.Equal(403, (await Ask("/", $"x-authorization: Bearer {good}")).Status);
            Assert.Equal(401, (await Ask($"/?access%5Ftoken={forged}&access_token={good}")).Status);
        }
    }

    public void Dispose() => _issuer?.Dispose();

    private Task TrustAsync()
    {
        var keys = TokenIssuer.Set(("k1", _issuer!.Key("k1")));
        return mesh.Mesh.ApplyAsync(
            "tokens.yaml",
            $$"""
            apiVersion: security.istio.io/v1
            kind: RequestAuthentication
            metadata: { name: till, namespace: default }
            spec:
              selector: { matchLabels: { app: till } }
              jwtRules: [ { issuer: "{{Issuer}}", jwks: '{{keys}}' } ]
            """
        );
    }

    private Task<(int Status, string Body, string Headers)> AskAsync(string protocol, string claims) =>
        GuardedMesh.AskAsync(mesh.Client, protocol, "/", claims.Length == 0 ? [] : ["-H", $"authorization: Bearer {Token(claims)}"]);

    // NAME=VALUE or OUTER.NAME=VALUE; [a,b] is a list.
    private string Token(string claim)
    {
        var (path, text) = (
            claim[..claim.IndexOf('=', StringComparison.Ordinal)].Split('.'),
            claim[(claim.IndexOf('=', StringComparison.Ordinal) + 1)..]
        );
        object value = text.StartsWith('[') ? text[1..^1].Split(',') : text;
        var payload = new Dictionary<string, object> { ["iss"] = Issuer };
        payload[path[0]] = path.Length == 1 ? value : new Dictionary<string, object> { [path[1]] = value };
        return _issuer!.Token("k1", "RS256", payload);
    }
}
