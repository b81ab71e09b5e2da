using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>Tokens at the server's own sidecar: client sidecar → server sidecar → application; Node is the issuer.</summary>
public sealed class S06TokenTests(S06TokenTests.IssuerMesh mesh) : IClassFixture<S06TokenTests.IssuerMesh>
{
    private const string Service = "shop";
    private const string Issuer = "https://login.example";

    private readonly LocalMesh _mesh = mesh.Mesh;
    private readonly Sidecar _server = mesh.Server;
    private readonly Sidecar _client = mesh.Client;
    private readonly TokenIssuer? _issuer = mesh.Issuer;
    private readonly JsonObject _key = mesh.Key;

    [PeerFact(TokenIssuer.Peer)]
    public async Task S06_Tokens_are_verified_over_every_pair_of_protocols()
    {
        await WriteAsync(
            Authentication(
                $$"""
                  - issuer: {{Issuer}}
                    audiences: [ shop ]
                    jwks: '{{TokenIssuer.Set(("k1", _key))}}'
                    outputPayloadToHeader: x-payload
                    outputClaimToHeaders: [ { header: x-user, claim: sub }, { header: x-group, claim: realm.group } ]
                """
            )
        );
        var good = Token();
        var cases = new (string Token, string Body)[]
        {
            ("nonsense", "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections"),
            (Token(("exp", Now() - 3600)), "Jwt is expired"),
            (Token(("nbf", Now() + 3600)), "Jwt not yet valid"),
            (Token(("iss", "https://other.example")), "Jwt issuer is not configured"),
            (Token(("aud", "stock")), "Audiences in Jwt are not allowed"),
            (_issuer!.Token("forged", "RS256", Payload(), new { alg = "RS256", kid = "k1" }), "Jwt verification fails"),
            (
                _issuer.Token("k1", "RS256", Payload(), new { alg = "RS256", kid = "k9" }),
                "Jwks doesn't have key to match kid or alg from Jwt"
            ),
            (_issuer.Token("k1", "none", Payload()), "Jwt header [alg] is not supported"),
            (_issuer.Token("k1", "HS256", Payload()), "Jwt header [alg] is not supported"),
        };
        foreach (var protocol in Protocols.AllPairs)
        {
            using var client = new EchoClient(_client, protocol);
            await UntilAsync(client, "nonsense", HttpStatusCode.Unauthorized);

            var anonymous = await AnonymousAsync(client, "/", ("x-user", "root"), ("x-payload", "e30"));
            Assert.Null(anonymous.Header("x-user"));
            Assert.Null(anonymous.Header("x-payload"));

            foreach (var (token, body) in cases)
            {
                using var refused = await SendAsync(client, token);
                Assert.Equal((HttpStatusCode.Unauthorized, body), (refused.StatusCode, await refused.Content.ReadAsStringAsync()));
                var challenge = string.Join(',', refused.Headers.GetValues("www-authenticate"));
                // The default port is not written.
                var host = client.Port == 80 ? Service : $"{Service}:{client.Port}";
                Assert.Equal($"Bearer realm=\"http://{host}/p\", error=\"invalid_token\"", challenge);
            }

            using var response = await SendAsync(client, good, ("x-user", "root"));
            var echo = (await response.Content.ReadFromJsonAsync<Echo>())!;
            Assert.Null(echo.Header("authorization"));
            Assert.Equal("/p?a=1", echo.Target);
            Assert.Equal(("anna", "dev", good.Split('.')[1]), (echo.Header("x-user"), echo.Header("x-group"), echo.Header("x-payload")));

            var byParameter = await AnonymousAsync(client, $"/p?access_token={good}&a=1");
            Assert.Equal(("/p?a=1", "anna"), (byParameter.Target, byParameter.Header("x-user")));
        }

        var log = await _server.AccessLogAsync(lines => lines.Any(line => line.Contains("Jwt_is_expired", StringComparison.Ordinal)));
        Assert.Contains(log, line => line.Contains("jwt_authn_access_denied{Jwt_is_expired}", StringComparison.Ordinal));
    }

    [PeerFact(TokenIssuer.Peer)]
    public async Task S06_A_policy_may_require_a_token_and_ask_for_its_claims()
    {
        await WriteAsync(
            Authentication(
                $$"""
                  - issuer: {{Issuer}}
                    jwks: '{{TokenIssuer.Set(("k1", _key))}}'
                    forwardOriginalToken: true
                """
            )
                + $$"""

                ---
                apiVersion: security.istio.io/v1
                kind: AuthorizationPolicy
                metadata: { name: shop, namespace: default }
                spec:
                  selector: { matchLabels: { app: shop } }
                  rules:
                  - from: [ { source: { requestPrincipals: [ "{{Issuer}}/*" ] } } ]
                    to: [ { operation: { paths: [ "/p" ] } } ]
                  - to: [ { operation: { paths: [ "/groups" ] } } ]
                    when: [ { key: "request.auth.claims[realm][group]", values: [ ops ] } ]

                """
        );
        foreach (var protocol in Protocols.AllPairs)
        {
            using var client = new EchoClient(_client, protocol);
            await UntilAsync(client, null, HttpStatusCode.Forbidden);
            await UntilAsync(client, Token(), HttpStatusCode.OK);
            using var anonymous = await client.SendAsync("/p", host: Service);
            Assert.Equal("RBAC: access denied", await anonymous.Content.ReadAsStringAsync());
            using var known = await SendAsync(client, Token());
            Assert.StartsWith(
                "Bearer ey",
                (await known.Content.ReadFromJsonAsync<Echo>())!.Header("authorization"),
                StringComparison.Ordinal
            );
            Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(client, "/groups", Token()));
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, "/groups", Token(("realm", new { group = "ops" }))));
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client, "/p", Token(("exp", 1))));
        }
    }

    [PeerFact(TokenIssuer.Peer)]
    public async Task S06_Keys_are_fetched_and_rotated_and_an_issuer_without_keys_harms_no_other()
    {
        await using var web = await KeyWeb.StartAsync();
        await WriteAsync(
            Authentication(
                $$"""
                  - issuer: {{Issuer}}
                    jwksUri: {{web.Url}}/keys
                  - issuer: {{web.Url}}/tenant
                  - issuer: dead
                    jwksUri: {{web.Url}}/never
                """
            )
        );
        using var client = new EchoClient(_client, Protocols.Http1);
        using var other = new EchoClient(_client, Protocols.Http2);

        // Not there yet: refused, and nobody else is.
        await UntilAsync(client, Token(), HttpStatusCode.Unauthorized);
        Assert.Equal("Jwks doesn't have any valid public key", await BodyAsync(client, Token()));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, "/p", null));

        web.Keys = TokenIssuer.Set(("k1", _key));
        await UntilAsync(client, Token(), HttpStatusCode.OK);
        await UntilAsync(other, Token(("iss", web.Url + "/tenant")), HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client, "/p", Token(("iss", "dead"))));

        // Both keys, then the new one alone.
        var next = _issuer!.Key("k2");
        var renewed = _issuer.Token("k2", "RS256", Payload());
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client, "/p", renewed));
        web.Keys = TokenIssuer.Set(("k1", _key), ("k2", next));
        await UntilAsync(client, renewed, HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, "/p", Token()));
        web.Keys = TokenIssuer.Set(("k2", next));
        await UntilAsync(client, Token(), HttpStatusCode.Unauthorized);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, "/p", renewed));

        // What was fetched stays while its server fails.
        web.Keys = null;
        var requests = web.Requests;
        await Wait.UntilAsync(
            "more attempts",
            TimeSpan.FromSeconds(60),
            () => Task.FromResult(web.Requests > requests + 6),
            CancellationToken.None
        );
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, "/p", renewed));
    }

    [PeerFact(TokenIssuer.Peer)]
    public async Task S06_A_refused_policy_lets_no_token_pass_unverified()
    {
        await WriteAsync(Authentication($"  - issuer: {Issuer}\n    jwks: not json\n"));
        using var client = new EchoClient(_client, Protocols.Http1);
        await UntilAsync(client, Token(), HttpStatusCode.Unauthorized);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, "/p", null));
    }

    // What the test before wrote is out of force first, so that what is waited for is an effect of this.
    private async Task WriteAsync(string yaml)
    {
        await _mesh.ApplyAsync("tokens.yaml", "");
        foreach (var protocol in Protocols.AllPairs)
        {
            using var client = new EchoClient(_client, protocol);
            await UntilAsync(client, "nonsense", HttpStatusCode.OK);
        }

        _mesh.Write("tokens.yaml", yaml);
    }

    private static long Now() => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    private static Dictionary<string, object> Payload(params (string Name, object Value)[] changes)
    {
        var payload = new Dictionary<string, object>
        {
            ["iss"] = Issuer,
            ["sub"] = "anna",
            ["aud"] = "shop",
            ["exp"] = Now() + 3600,
            ["realm"] = new { group = "dev" },
        };
        foreach (var (name, value) in changes)
        {
            payload[name] = value;
        }

        return payload;
    }

    private string Token(params (string Name, object Value)[] changes) => _issuer!.Token("k1", "RS256", Payload(changes));

    private static string Authentication(string rules) =>
        $$"""
            apiVersion: security.istio.io/v1
            kind: RequestAuthentication
            metadata: { name: shop, namespace: default }
            spec:
              selector: { matchLabels: { app: shop } }
              jwtRules:

            """ + rules;

    private static Task<HttpResponseMessage> SendAsync(EchoClient client, string? token, params (string Name, string Value)[] headers) =>
        SendAsync(client, "/p?a=1", token, headers);

    private static Task<HttpResponseMessage> SendAsync(
        EchoClient client,
        string path,
        string? token,
        params (string Name, string Value)[] headers
    ) => client.SendAsync(path, host: Service, headers: token is null ? headers : [("authorization", "Bearer " + token), .. headers]);

    private static async Task<Echo> AnonymousAsync(EchoClient client, string path, params (string Name, string Value)[] headers)
    {
        using var response = await SendAsync(client, path, null, headers);
        return (await response.Content.ReadFromJsonAsync<Echo>())!;
    }

    private static async Task<HttpStatusCode> StatusAsync(EchoClient client, string path, string? token)
    {
        using var response = await SendAsync(client, path, token);
        return response.StatusCode;
    }

    private static async Task<string> BodyAsync(EchoClient client, string token)
    {
        using var response = await SendAsync(client, token);
        return await response.Content.ReadAsStringAsync();
    }

    private static Task UntilAsync(EchoClient client, string? token, HttpStatusCode status) =>
        Wait.UntilAsync(
            $"{(int)status}",
            TimeSpan.FromSeconds(60),
            async () => await StatusAsync(client, "/p", token) == status,
            CancellationToken.None
        );

    /// <summary>An application behind a sidecar, a client, and the issuer of the client's tokens.</summary>
    public sealed class IssuerMesh : IAsyncLifetime
    {
        private EchoUpstream _app = null!;

        internal LocalMesh Mesh { get; private set; } = null!;

        internal Sidecar Server { get; private set; } = null!;

        internal Sidecar Client { get; private set; } = null!;

        internal TokenIssuer? Issuer { get; private set; }

        internal JsonObject Key { get; private set; } = [];

        public async Task InitializeAsync()
        {
            if (Peers.WhyMissing(TokenIssuer.Peer) is not null)
            {
                return;
            }

            Issuer = new TokenIssuer();
            Key = Issuer.Key("k1");
            Issuer.Key("forged");
            _app = await EchoUpstream.StartAsync("app");
            Mesh = await LocalMesh.StartAsync("--jwks-refresh", "1s");
            Server = await InjectedService.StartPodAsync(Mesh, Service, _app);
            Mesh.Write("shop.yaml", InjectedService.Yaml(Service, (_app, Server)));
            Client = await Mesh.StartSidecarAsync();
        }

        public async Task DisposeAsync()
        {
            if (Issuer is not null)
            {
                Issuer.Dispose();
                await Mesh.DisposeAsync();
                await _app.DisposeAsync();
            }
        }
    }
}
