using System.Text;
using System.Text.Json.Nodes;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Security.Tokens;
using Mesh.Tests;
using static Mesh.Proxy.Tests.Routing.TestRoutes;

namespace Mesh.Proxy.Tests.Security.Tokens;

/// <summary>One issuer with a key of every kind; made only where Node is there to be it.</summary>
public sealed class IssuerFixture : IDisposable
{
    internal const string Issuer = "https://login.example";
    internal const long Now = 1_800_000_000;

    internal static readonly DateTimeOffset Time = DateTimeOffset.FromUnixTimeSeconds(Now);

    private readonly TokenIssuer? _issuer;

    public IssuerFixture()
    {
        if (Peers.WhyMissing(TokenIssuer.Peer) is null)
        {
            _issuer = new TokenIssuer();
            Keys = new()
            {
                ["rsa"] = _issuer.Key("rsa"),
                ["p256"] = _issuer.Key("p256", "P-256"),
                ["p384"] = _issuer.Key("p384", "P-384"),
                ["p521"] = _issuer.Key("p521", "P-521"),
            };
            _issuer.Key("other");
        }
    }

    internal Dictionary<string, JsonObject> Keys { get; } = [];

    internal TokenIssuer Maker => _issuer!;

    internal KeySet AllKeys => Set([.. Keys.Keys]);

    internal KeySet Set(params string[] kids) =>
        KeySet.Parse(Encoding.UTF8.GetBytes(TokenIssuer.Set([.. kids.Select(kid => (kid, Keys[kid]))])));

    internal string Token(string kid = "rsa", string alg = "RS256", object? payload = null, object? header = null, string? signAs = null) =>
        Maker.Token(kid, alg, payload ?? Payload(), header, signAs);

    internal static Dictionary<string, object> Payload(params (string Name, object? Value)[] changes)
    {
        var payload = new Dictionary<string, object>
        {
            ["iss"] = Issuer,
            ["sub"] = "anna",
            ["exp"] = Now + 600,
        };
        foreach (var (name, value) in changes)
        {
            payload.Remove(name);
            if (value is not null)
            {
                payload[name] = value;
            }
        }

        return payload;
    }

    internal TokenRules Rules(Func<TokenProvider, TokenProvider>? change = null, bool passesPreflights = true)
    {
        var provider = new TokenProvider { Issuer = Issuer, Keys = AllKeys };
        return new TokenRules([change?.Invoke(provider) ?? provider], passesPreflights);
    }

    internal static RequestHead Bearing(string token) => Head("shop", "/", ("authorization", "Bearer " + token));

    public void Dispose() => _issuer?.Dispose();
}
