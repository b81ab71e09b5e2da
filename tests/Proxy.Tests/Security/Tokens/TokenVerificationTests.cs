using System.Text;
using Mesh.Proxy.Security.Tokens;
using Mesh.Tests;
using static Mesh.Proxy.Tests.Routing.TestRoutes;
using static Mesh.Proxy.Tests.Security.Tokens.IssuerFixture;

namespace Mesh.Proxy.Tests.Security.Tokens;

/// <summary>Which tokens verify, and what is said about those that do not; Node signs them.</summary>
public sealed class TokenVerificationTests(IssuerFixture issuer) : IClassFixture<IssuerFixture>
{
    private static readonly string[] OneAudience = ["shop"];
    private static readonly string[] TwoAudiences = ["stock", "basket"];
    private static readonly object[] NoAudiences = ["shop", 1];

    [PeerTheory(TokenIssuer.Peer)]
    [InlineData("rsa", "RS256")]
    [InlineData("rsa", "RS384")]
    [InlineData("rsa", "RS512")]
    [InlineData("rsa", "PS256")]
    [InlineData("rsa", "PS384")]
    [InlineData("rsa", "PS512")]
    [InlineData("p256", "ES256")]
    [InlineData("p384", "ES384")]
    [InlineData("p521", "ES512")]
    public void Every_algorithm_verifies_with_its_key_and_no_other_bytes(string kid, string alg)
    {
        var token = issuer.Token(kid, alg);

        var head = Bearing(token);
        Assert.Equal(TokenFailure.None, issuer.Rules().Apply(head, Time));
        Assert.Equal(Issuer + "/anna", AsText(head.Claims!.Principal));

        var parts = token.Split('.');
        var forged = $"{parts[0]}.{Encode("""{"iss":"https://login.example","sub":"root"}""")}.{parts[2]}";
        Assert.Equal(TokenFailure.WrongSignature, issuer.Rules().Apply(Bearing(forged), Time));
        Assert.Equal(TokenFailure.WrongSignature, issuer.Rules().Apply(Bearing(token[..^8] + "AAAAAAAA"), Time));
        Assert.Equal(TokenFailure.WrongSignature, issuer.Rules().Apply(Bearing($"{parts[0]}.{parts[1]}."), Time));
        Assert.Equal(TokenFailure.WrongSignature, issuer.Rules().Apply(Bearing($"{parts[0]}.{parts[1]}.{parts[2]}AAAA"), Time));
    }

    [PeerFact(TokenIssuer.Peer)]
    public void A_key_is_never_used_for_another_algorithm_than_its_own()
    {
        var rules = issuer.Rules();
        Assert.Equal(TokenFailure.NoMatchingKey, rules.Apply(Bearing(issuer.Token("rsa", "ES256", signAs: "RS256")), Time));
        Assert.Equal(TokenFailure.NoMatchingKey, rules.Apply(Bearing(issuer.Token("p256", "RS256", signAs: "ES256")), Time));
        Assert.Equal(TokenFailure.NoMatchingKey, rules.Apply(Bearing(issuer.Token("p256", "ES384")), Time));
        // With the right key, but said to be of another kind of padding or hash.
        Assert.Equal(TokenFailure.WrongSignature, rules.Apply(Bearing(issuer.Token("rsa", "PS256", signAs: "RS256")), Time));
        Assert.Equal(TokenFailure.WrongSignature, rules.Apply(Bearing(issuer.Token("rsa", "RS512", signAs: "RS256")), Time));
    }

    [PeerTheory(TokenIssuer.Peer)]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("HS256")]
    [InlineData("HS384")]
    [InlineData("HS512")]
    [InlineData("rs256")]
    [InlineData("EdDSA")]
    [InlineData("")]
    public void No_other_algorithm_is_taken_whatever_signed_it(string alg)
    {
        var token = issuer.Token("rsa", alg, signAs: alg.StartsWith("HS", StringComparison.Ordinal) ? alg : "none");
        Assert.Equal(TokenFailure.AlgorithmNotSupported, issuer.Rules().Apply(Bearing(token), Time));
    }

    [PeerFact(TokenIssuer.Peer)]
    public void A_key_id_that_nobody_has_finds_no_key_and_none_at_all_finds_any()
    {
        var rules = issuer.Rules();
        Assert.Equal(TokenFailure.NoMatchingKey, rules.Apply(Bearing(issuer.Token(header: new { alg = "RS256", kid = "unknown" })), Time));
        Assert.Equal(TokenFailure.None, rules.Apply(Bearing(issuer.Token(header: new { alg = "RS256" })), Time));
        // The key of another issuer under a known name.
        Assert.Equal(
            TokenFailure.WrongSignature,
            rules.Apply(Bearing(issuer.Token("other", header: new { alg = "RS256", kid = "rsa" })), Time)
        );
    }

    [PeerFact(TokenIssuer.Peer)]
    public void Keys_for_other_uses_or_too_small_ones_verify_nothing()
    {
        var small = issuer.Maker.Key("small", bits: 1024);
        var encryption = issuer.Keys["rsa"].DeepClone().AsObject();
        encryption["use"] = "enc";
        var wrapping = issuer.Keys["rsa"].DeepClone().AsObject();
        wrapping["key_ops"] = new System.Text.Json.Nodes.JsonArray("wrapKey");
        var bound = issuer.Keys["rsa"].DeepClone().AsObject();
        bound["alg"] = "RS512";
        var keys = KeySet.Parse(
            Encoding.UTF8.GetBytes(TokenIssuer.Set(("small", small), ("rsa", encryption), ("rsa", wrapping), ("bound", bound)))
        );

        Assert.Equal(["bound"], keys.Keys.Select(key => key.Id));
        var rules = issuer.Rules(provider => provider with { Keys = keys });
        Assert.Equal(TokenFailure.NoMatchingKey, rules.Apply(Bearing(issuer.Token(header: new { alg = "RS256" })), Time));
        Assert.Equal(TokenFailure.None, rules.Apply(Bearing(issuer.Token("rsa", "RS512", header: new { alg = "RS512" })), Time));
    }

    [PeerFact(TokenIssuer.Peer)]
    public void Without_keys_every_token_of_the_issuer_is_refused()
    {
        foreach (
            var json in new[] { """{"keys":[]}""", "", "no json", "[]", """{"keys":{}}""", """{"keys":[1,{"kty":"RSA"},{"kty":"EC"}]}""" }
        )
        {
            var rules = issuer.Rules(provider => provider with { Keys = KeySet.Parse(Encoding.UTF8.GetBytes(json)) });
            Assert.Equal(TokenFailure.NoKeys, rules.Apply(Bearing(issuer.Token()), Time));
            Assert.Equal(TokenFailure.None, rules.Apply(Head("shop", "/"), Time));
        }
    }

    [PeerTheory(TokenIssuer.Peer)]
    [InlineData(Now - 61, 0L, TokenFailure.Expired)]
    [InlineData(Now - 60, 0L, TokenFailure.None)]
    [InlineData(0L, 0L, TokenFailure.Expired)]
    [InlineData(Now + 600, Now + 61, TokenFailure.NotYetValid)]
    [InlineData(Now + 600, Now + 60, TokenFailure.None)]
    public void Times_count_with_a_minute_of_skew(long expires, long notBefore, object expected)
    {
        var payload = Payload(("exp", expires), ("nbf", notBefore), ("iat", Now));
        Assert.Equal((TokenFailure)expected, issuer.Rules().Apply(Bearing(issuer.Token(payload: payload)), Time));
    }

    [PeerFact(TokenIssuer.Peer)]
    public void A_token_that_is_known_already_expires_all_the_same()
    {
        var rules = issuer.Rules();
        var token = issuer.Token();
        Assert.Equal(TokenFailure.None, rules.Apply(Bearing(token), Time));
        Assert.Equal(TokenFailure.None, rules.Apply(Bearing(token), Time.AddSeconds(660)));
        Assert.Equal(TokenFailure.Expired, rules.Apply(Bearing(token), Time.AddSeconds(661)));
    }

    [PeerFact(TokenIssuer.Peer)]
    public void Issuer_and_audience_must_be_the_ones_asked_for()
    {
        var rules = issuer.Rules(provider => provider with { Audiences = ["shop", "basket"] });
        TokenFailure Of(params (string, object?)[] changes) => rules.Apply(Bearing(issuer.Token(payload: Payload(changes))), Time);

        Assert.Equal(TokenFailure.UnknownIssuer, Of(("iss", "https://login.example/")));
        Assert.Equal(TokenFailure.UnknownIssuer, Of(("iss", null)));
        Assert.Equal(TokenFailure.AudienceNotAllowed, Of());
        Assert.Equal(TokenFailure.AudienceNotAllowed, Of(("aud", "stock")));
        Assert.Equal(TokenFailure.AudienceNotAllowed, Of(("aud", "Shop")));
        Assert.Equal(TokenFailure.None, Of(("aud", "shop")));
        Assert.Equal(TokenFailure.None, Of(("aud", OneAudience)));
        Assert.Equal(TokenFailure.None, Of(("aud", TwoAudiences)));
    }

    [PeerFact(TokenIssuer.Peer)]
    public void Claims_of_the_wrong_type_are_named()
    {
        var rules = issuer.Rules();
        TokenFailure Of(string claim, object value) => rules.Apply(Bearing(issuer.Token(payload: Payload((claim, value)))), Time);

        Assert.Equal(TokenFailure.IssuerNotText, Of("iss", 1));
        Assert.Equal(TokenFailure.SubjectNotText, Of("sub", 1));
        Assert.Equal(TokenFailure.ExpiresNotNumber, Of("exp", "soon"));
        Assert.Equal(TokenFailure.ExpiresNotNumber, Of("exp", -1));
        Assert.Equal(TokenFailure.NotBeforeNotNumber, Of("nbf", "1"));
        Assert.Equal(TokenFailure.IssuedAtNotNumber, Of("iat", true));
        Assert.Equal(TokenFailure.AudiencesNotTexts, Of("aud", 1));
        Assert.Equal(TokenFailure.AudiencesNotTexts, Of("aud", NoAudiences));
    }

    [PeerTheory(TokenIssuer.Peer)]
    [InlineData("""{"alg":"RS256","kid":"rsa","crit":["exp"]}""", TokenFailure.CriticalNotSupported)]
    [InlineData("""{"alg":"RS256","kid":1}""", TokenFailure.KeyIdNotText)]
    [InlineData("""{"kid":"rsa"}""", TokenFailure.AlgorithmMissing)]
    [InlineData("""{"alg":1}""", TokenFailure.AlgorithmMissing)]
    [InlineData("""{"alg":"none","alg":"RS256"}""", TokenFailure.HeaderNotJson)]
    [InlineData("""["RS256"]""", TokenFailure.HeaderNotJson)]
    [InlineData("""{"alg":"RS256",}""", TokenFailure.HeaderNotJson)]
    [InlineData("\ud800", TokenFailure.HeaderNotJson)]
    public void Headers_are_read_strictly(string header, object expected) =>
        Assert.Equal((TokenFailure)expected, issuer.Rules().Apply(Bearing(issuer.Token(header: header)), Time));

    [PeerTheory(TokenIssuer.Peer)]
    [InlineData("""{"iss":"https://login.example","iss":"https://login.example"}""", TokenFailure.PayloadNotJson)]
    [InlineData("""{"iss":"https://login.example","a":"\ud800"}""", TokenFailure.PayloadNotJson)]
    [InlineData("""{"iss":"\ud800"}""", TokenFailure.IssuerNotText)]
    [InlineData("no json", TokenFailure.PayloadNotJson)]
    [InlineData("[]", TokenFailure.PayloadNotJson)]
    [InlineData("""{"iss":"https://login.example"}""", TokenFailure.None)]
    public void Payloads_are_read_strictly(string payload, object expected) =>
        Assert.Equal((TokenFailure)expected, issuer.Rules().Apply(Bearing(issuer.Token(payload: payload)), Time));

    [Theory]
    [InlineData("", TokenFailure.BadFormat)]
    [InlineData("abc", TokenFailure.BadFormat)]
    [InlineData("a.b", TokenFailure.BadFormat)]
    [InlineData("a.b.c.d", TokenFailure.BadFormat)]
    [InlineData("a.b.c.d.e", TokenFailure.BadFormat)]
    [InlineData("..", TokenFailure.HeaderNotJson)]
    [InlineData("e30=.e30.", TokenFailure.HeaderNotBase64)]
    [InlineData("e3 0.e30.", TokenFailure.HeaderNotBase64)]
    [InlineData("e30+.e30.", TokenFailure.HeaderNotBase64)]
    [InlineData("a.e30.", TokenFailure.HeaderNotBase64)]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.e3+0.", TokenFailure.PayloadNotBase64)]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.e30.*", TokenFailure.SignatureNotBase64)]
    public void What_is_no_token_is_called_so(string token, object expected) =>
        Assert.Equal((TokenFailure)expected, issuer.Rules().Apply(Head("shop", "/", ("authorization", "Bearer " + token)), Time));

    [Fact]
    public void The_example_of_rfc_7515_a_3_verifies()
    {
        var keys = KeySet.Parse(
            """
            {"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}
            """u8.ToArray()
        );
        var rules = new TokenRules([new TokenProvider { Issuer = "joe", Keys = keys }], passesPreflights: false);
        var head = Bearing(
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
                + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
        );

        Assert.Equal(TokenFailure.None, rules.Apply(head, DateTimeOffset.FromUnixTimeSeconds(1300819380)));
        Assert.Equal(ClaimKind.Boolean, head.Claims!.Find(["http://example.com/is_root"])!.Kind);
    }

    [Fact]
    public void Every_failure_has_its_sentence() =>
        Assert.All(
            Enum.GetValues<TokenFailure>().Where(failure => failure != TokenFailure.None),
            failure => Assert.NotEmpty(TokenFailureTable.Sentence(failure))
        );

    private static string Encode(string text) => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
