using Mesh.Proxy.Routing;
using Mesh.Proxy.Security.Tokens;
using Mesh.Tests;
using static Mesh.Proxy.Tests.Routing.TestRoutes;
using static Mesh.Proxy.Tests.Security.Tokens.IssuerFixture;

namespace Mesh.Proxy.Tests.Security.Tokens;

/// <summary>Where tokens are found, and what of them the application gets to see.</summary>
public sealed class TokenPlaceTests(IssuerFixture issuer) : IClassFixture<IssuerFixture>
{
    private static readonly string[] Roles = ["admin", "dev"];

    [PeerFact(TokenIssuer.Peer)]
    public void A_bearer_token_and_an_access_token_are_found_and_taken_out()
    {
        var token = issuer.Token();
        foreach (var scheme in new[] { "Bearer ", "bearer ", "BEARER  " })
        {
            var head = Head("shop", "/a?b=1", ("authorization", scheme + token), ("x-other", "1"));
            Assert.Equal(TokenFailure.None, issuer.Rules().Apply(head, Time));
            Assert.NotNull(head.Claims);
            Assert.False(head.TryGet("authorization"u8, out _));
            Assert.Equal(1, head.HeaderCount);
        }

        foreach (var name in new[] { "access_token", "access%5Ftoken" })
        {
            var head = Head("shop", $"/a?x=1&{name}={token}&y=2");
            Assert.Equal(TokenFailure.None, issuer.Rules().Apply(head, Time));
            Assert.NotNull(head.Claims);
            Assert.Equal("/a?x=1&y=2", AsText(head.OriginForm));
        }
    }

    [PeerFact(TokenIssuer.Peer)]
    public void Other_credentials_are_no_tokens()
    {
        var head = Head("shop", "/?token=x", ("authorization", "Basic YTpi"), ("cookie", "access_token=x"));
        Assert.Equal(TokenFailure.None, issuer.Rules().Apply(head, Time));
        Assert.Null(head.Claims);
        Assert.True(head.TryGet("authorization"u8, out _));
    }

    [PeerFact(TokenIssuer.Peer)]
    public void Places_of_its_own_replace_the_usual_ones()
    {
        var token = issuer.Token();
        var rules = issuer.Rules(provider =>
            provider with
            {
                Locations =
                [
                    new(TokenPlace.Header, "x-token", "Token "),
                    new(TokenPlace.Header, "x-plain"),
                    new(TokenPlace.Parameter, "t"),
                    new(TokenPlace.Cookie, "session"),
                ],
            }
        );
        RequestHead[] heads =
        [
            Head("shop", "/", ("x-token", "Token " + token)),
            Head("shop", "/", ("x-plain", token)),
            Head("shop", "/?t=" + token),
            Head("shop", "/", ("cookie", $"a=1; session={token}; b=2")),
            Head("shop", "/", ("cookie", "a=1"), ("cookie", $"session=\"{token}\"")),
        ];
        foreach (var head in heads)
        {
            Assert.Equal(TokenFailure.None, rules.Apply(head, Time));
            Assert.NotNull(head.Claims);
        }

        Assert.Equal("a=1; b=2", Value(heads[3], "cookie"));
        Assert.Equal("a=1", Value(heads[4], "cookie"));
        foreach (var head in new[] { Bearing(token), Head("shop", "/?access_token=" + token), Head("shop", "/", ("x-token", token)) })
        {
            Assert.Equal(TokenFailure.None, rules.Apply(head, Time));
            Assert.Null(head.Claims);
        }
    }

    // Not one of them verifies, so that whoever is refused was looked at.
    [PeerFact(TokenIssuer.Peer)]
    public void What_an_application_might_take_for_a_token_is_looked_at()
    {
        const string Forged = "e30.e30.e30";
        var rules = issuer.Rules(provider =>
            provider with
            {
                Locations =
                [
                    TokenLocation.Bearer,
                    TokenLocation.AccessToken,
                    new(TokenPlace.Header, "x-token", "Token "),
                    new(TokenPlace.Cookie, "session"),
                ],
            }
        );
        RequestHead[] heads =
        [
            Head("shop", "/", ("authorization", "Bearer\t" + Forged)),
            Head("shop", "/", ("authorization", "bearer\u00a0" + Forged)),
            Head("shop", "/", ("x_token", "Token " + Forged)),
            Head("shop", "/?Access_Token=" + Forged),
            Head("shop", "/?access_token=&access_token=" + Forged),
            Head("shop", "/", ("cookie", "a=1; session =" + Forged)),
            Head("shop", "/", ("cookie", "a=1;\tsession\t= " + Forged)),
            Head("shop", "/", ("cookie", "Session=" + Forged)),
        ];
        foreach (var head in heads)
        {
            Assert.NotEqual(TokenFailure.None, rules.Apply(head, Time));
        }

        foreach (
            var head in new[]
            {
                Head("shop", "/", ("authorization", "Bearer")),
                Head("shop", "/", ("authorization", "Bearers " + Forged)),
                Head("shop", "/", ("cookie", "session")),
                Head("shop", "/", ("cookie", "my session=" + Forged)),
            }
        )
        {
            Assert.Equal(TokenFailure.None, rules.Apply(head, Time));
            Assert.Null(head.Claims);
        }
    }

    [PeerFact(TokenIssuer.Peer)]
    public void The_token_is_left_in_only_where_it_is_asked_for()
    {
        var token = issuer.Token();
        var rules = issuer.Rules(provider => provider with { Forwards = true });
        var head = Bearing(token);
        Assert.Equal(TokenFailure.None, rules.Apply(head, Time));
        Assert.Equal("Bearer " + token, Value(head, "authorization"));
    }

    [PeerFact(TokenIssuer.Peer)]
    public void Payload_and_claims_become_headers_that_no_client_can_send()
    {
        var rules = issuer.Rules(provider =>
            provider with
            {
                PayloadHeader = "X-Payload",
                ClaimHeaders =
                [
                    new("X-User", "sub"),
                    new("x-group", "realm.group"),
                    new("x-url", "https://example.com/role"),
                    new("x-age", "age"),
                    new("x-vip", "vip"),
                    new("x-roles", "roles"),
                    new("x-line", "line"),
                    new("x-none", "none"),
                ],
            }
        );
        (string, string)[] forged = [("x-user", "root"), ("x-payload", "e30"), ("x-none", "1"), ("X-ROLES", "all"), ("X_User", "root")];
        var payload = Payload(
            ("realm", new { group = "dev" }),
            ("https://example.com/role", "cook"),
            ("age", 42),
            ("vip", true),
            ("roles", Roles),
            ("line", "a\r\nx-admin: 1")
        );
        var token = issuer.Token(payload: payload);

        var head = Head("shop", "/", [.. forged, ("authorization", "Bearer " + token)]);
        Assert.Equal(TokenFailure.None, rules.Apply(head, Time));
        Assert.Equal(token.Split('.')[1], Value(head, "x-payload"));
        Assert.Equal("anna", Value(head, "x-user"));
        Assert.Equal("dev", Value(head, "x-group"));
        Assert.Equal("cook", Value(head, "x-url"));
        Assert.Equal("42", Value(head, "x-age"));
        Assert.Equal("true", Value(head, "x-vip"));
        Assert.Null(Value(head, "x-roles"));
        Assert.Null(Value(head, "x-line"));
        Assert.Null(Value(head, "x-none"));

        var anonymous = Head("shop", "/", forged);
        Assert.Equal(TokenFailure.None, rules.Apply(anonymous, Time));
        Assert.Equal(0, anonymous.HeaderCount);
    }

    [PeerFact(TokenIssuer.Peer)]
    public void Every_token_of_a_request_must_verify()
    {
        var (good, bad) = (issuer.Token(), issuer.Token("other", header: new { alg = "RS256", kid = "rsa" }));
        Assert.Equal(
            TokenFailure.WrongSignature,
            issuer.Rules().Apply(Head("shop", "/", ("authorization", "Bearer " + good), ("authorization", "Bearer " + bad)), Time)
        );
        Assert.Equal(
            TokenFailure.WrongSignature,
            issuer.Rules().Apply(Head("shop", "/?access_token=" + bad, ("authorization", "Bearer " + good)), Time)
        );
        var many = Head("shop", "/?" + string.Join('&', Enumerable.Repeat("access_token=" + good, 9)));
        Assert.Equal(TokenFailure.TooManyTokens, issuer.Rules().Apply(many, Time));
    }

    [PeerFact(TokenIssuer.Peer)]
    public void The_application_is_told_of_the_token_that_policies_see()
    {
        TokenProvider Provider(string iss, string kid) =>
            new()
            {
                Issuer = iss,
                Keys = issuer.Set(kid),
                Locations = [new(TokenPlace.Header, $"x-{kid}")],
                ClaimHeaders = [new ClaimHeader("x-user", "sub"), new ClaimHeader($"x-{kid}-user", "sub")],
            };
        var rules = new TokenRules([Provider(Issuer, "rsa"), Provider("partner", "p256")], false);
        var head = Head(
            "shop",
            "/",
            ("x-p256", issuer.Token("p256", "ES256", Payload(("iss", "partner"), ("sub", "eve")))),
            ("x-rsa", issuer.Token()),
            ("x-rsa", issuer.Token())
        );
        Assert.Equal(TokenFailure.None, rules.Apply(head, Time));
        Assert.Equal(Issuer + "/anna", AsText(head.Claims!.Principal));
        Assert.Equal(("anna", "anna", "eve"), (Value(head, "x-user"), Value(head, "x-rsa-user"), Value(head, "x-p256-user")));
        Assert.Equal(3, head.HeaderCount);
    }

    [PeerFact(TokenIssuer.Peer)]
    public void Each_of_several_issuers_verifies_its_own()
    {
        var other = new TokenProvider { Issuer = "partner", Keys = issuer.Set("p256") };
        var dead = new TokenProvider { Issuer = "dead", Keys = new KeySet([]) };
        var rules = new TokenRules([new TokenProvider { Issuer = Issuer, Keys = issuer.Set("rsa") }, other, dead], false);
        TokenFailure Of(string kid, string alg, string iss) => rules.Apply(Bearing(issuer.Token(kid, alg, Payload(("iss", iss)))), Time);

        Assert.Equal(TokenFailure.None, Of("rsa", "RS256", Issuer));
        Assert.Equal(TokenFailure.None, Of("p256", "ES256", "partner"));
        Assert.Equal(TokenFailure.NoMatchingKey, Of("p256", "ES256", Issuer));
        Assert.Equal(TokenFailure.NoMatchingKey, Of("rsa", "RS256", "partner"));
        Assert.Equal(TokenFailure.NoKeys, Of("rsa", "RS256", "dead"));
        Assert.Equal(TokenFailure.UnknownIssuer, Of("rsa", "RS256", "stranger"));
    }

    [PeerFact(TokenIssuer.Peer)]
    public void A_stand_in_for_a_refused_policy_refuses_every_token()
    {
        var rules = new TokenRules([new TokenProvider { Issuer = "", Keys = new KeySet([]) }], true);
        Assert.Equal(TokenFailure.NoKeys, rules.Apply(Bearing(issuer.Token()), Time));
        Assert.Equal(TokenFailure.None, rules.Apply(Head("shop", "/"), Time));
    }

    [PeerFact(TokenIssuer.Peer)]
    public void A_preflight_is_not_asked_for_its_token()
    {
        (string, string)[] preflight = [("origin", "https://a"), ("access-control-request-method", "GET"), ("authorization", "Bearer x")];
        Assert.Equal(TokenFailure.None, issuer.Rules().Apply(Head("OPTIONS", "shop", "/", preflight), Time));
        Assert.Equal(TokenFailure.BadFormat, issuer.Rules().Apply(Head("GET", "shop", "/", preflight), Time));
        Assert.Equal(TokenFailure.BadFormat, issuer.Rules(passesPreflights: false).Apply(Head("OPTIONS", "shop", "/", preflight), Time));
    }

    [PeerFact(TokenIssuer.Peer)]
    public void Policies_and_routes_read_the_claims()
    {
        var rules = issuer.Rules(provider => provider with { WordedClaims = ["scope"] });
        var head = Bearing(
            issuer.Token(
                payload: Payload(
                    ("aud", Roles),
                    ("azp", "client-1"),
                    ("scope", "read write"),
                    ("roles", Roles),
                    ("realm", new { access = new { roles = Roles } }),
                    ("age", 42)
                )
            )
        );
        Assert.Equal(TokenFailure.None, rules.Apply(head, Time));
        var claims = head.Claims!;
        Assert.Equal(Issuer + "/anna", AsText(claims.Principal));
        Assert.Equal(Roles, claims.Audiences.Select(text => AsText(text)));
        Assert.Equal("client-1", AsText(claims.Presenter));
        Assert.Equal(["read", "write"], claims.Find(["scope"])!.Texts.Select(text => AsText(text)));
        Assert.Equal(Roles, claims.Find(["realm", "access", "roles"])!.Texts.Select(text => AsText(text)));
        Assert.Empty(claims.Find(["age"])!.Texts);
        Assert.Null(claims.Find(["realm", "other"]));
        Assert.Null(claims.Find(["age", "of"]));

        Assert.True(new ClaimCondition(["roles"], ValueMatch.Exact("dev"), invert: false).Holds(head));
        Assert.False(new ClaimCondition(["roles"], ValueMatch.Exact("ops"), invert: false).Holds(head));
        Assert.True(new ClaimCondition(["age"], ValueMatch.Present, invert: false).Holds(head));
        Assert.False(new ClaimCondition(["age"], ValueMatch.Exact("42"), invert: false).Holds(head));
        Assert.True(new ClaimCondition(["none"], ValueMatch.Present, invert: true).Holds(head));
        Assert.False(new ClaimCondition(["roles"], ValueMatch.Present, invert: false).Holds(Head("shop", "/")));
    }

    [PeerFact(TokenIssuer.Peer)]
    public void What_was_verified_is_remembered_within_bounds()
    {
        var known = new VerifiedTokens();
        var token = System.Text.Encoding.ASCII.GetBytes(issuer.Token());
        Assert.Equal(TokenFailure.None, WrittenToken.TryParse(token, out var written));
        var verified = new VerifiedToken(new TokenProvider { Issuer = Issuer, Keys = issuer.AllKeys }, written, token);
        known.Add(token, verified);
        Assert.Same(verified, known.Find(token));
        Assert.Null(known.Find(token.AsSpan(1)));
        for (var i = 0; i < 2 * VerifiedTokens.Capacity; i++)
        {
            known.Add(BitConverter.GetBytes(i), verified);
            // What is used stays.
            Assert.Same(verified, known.Find(token));
        }

        Assert.Null(known.Find(BitConverter.GetBytes(0)));
        known.Add(new byte[VerifiedTokens.LongestToken + 1], verified);
        Assert.Null(known.Find(new byte[VerifiedTokens.LongestToken + 1]));
    }

    private static string? Value(RequestHead head, string name) =>
        head.TryGet(System.Text.Encoding.ASCII.GetBytes(name), out var value) ? AsText(value) : null;
}
