using Mesh.ControlPlane.Keys;
using Mesh.ControlPlane.Model;
using Microsoft.AspNetCore.Http;

namespace Mesh.ControlPlane.Tests.Keys;

public sealed class KeySetFetcherTests
{
    private const string Keys = """{"keys":[{"kty":"RSA","kid":"1","n":"AQ","e":"AQAB"}]}""";

    [Fact]
    public async Task Keys_come_without_what_nobody_but_the_issuer_may_have()
    {
        await using var server = await KeyServer.StartAsync();
        server.Say(
            "/keys",
            """{"keys":[{"kty":"RSA","kid":"1","n":"AQ","e":"AQAB","d":"secret","x5c":["long"]},{"kty":"oct","k":"secret"}],"more":1}""",
            response => response.Headers.CacheControl = "public, max-age=120"
        );

        var fetch = await FetchAsync(server, "/keys");

        Assert.Equal(Keys, fetch.Keys);
        Assert.Equal(TimeSpan.FromMinutes(2), fetch.MaxAge);
    }

    [Fact]
    public async Task Keys_are_found_through_the_issuer()
    {
        await using var server = await KeyServer.StartAsync();
        server.Say("/tenant/.well-known/openid-configuration", $$"""{"issuer":"x","jwks_uri":"{{server.Url}}/certs"}""");
        server.Say("/certs", Keys);

        Assert.Equal(Keys, (await FetchAsync(server, "/tenant", isDiscovery: true)).Keys);
        Assert.Equal(Keys, (await FetchAsync(server, "/tenant/", isDiscovery: true)).Keys);
    }

    [Fact]
    public async Task A_redirect_is_followed_a_few_times()
    {
        await using var server = await KeyServer.StartAsync();
        server.Answers["/old"] = Redirect("/new");
        server.Answers["/round"] = Redirect("/round");
        server.Say("/new", Keys);

        Assert.Equal(Keys, (await FetchAsync(server, "/old")).Keys);
        Assert.Contains("302", (await FetchAsync(server, "/round")).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whatever_a_server_does_is_a_reason_in_words()
    {
        await using var server = await KeyServer.StartAsync();
        server.Fail("/broken", 503);
        server.Say("/text", "hello");
        server.Say("/list", "[]");
        server.Say("/empty", """{"keys":[]}""");
        server.Say("/symmetric", """{"keys":[{"kty":"oct","k":"AQ"}]}""");
        server.Say("/huge", new string(' ', 2 * 1024 * 1024) + Keys);
        server.Say("/odd/.well-known/openid-configuration", """{"jwks_uri":"file:///etc/passwd"}""");
        server.Answers["/slow"] = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        server.Answers["/cut"] = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };

        Assert.Equal("the server answered 503", (await FetchAsync(server, "/broken")).Problem);
        Assert.Equal("the server answered 404", (await FetchAsync(server, "/gone")).Problem);
        Assert.Equal("the answer is not JSON", (await FetchAsync(server, "/text")).Problem);
        Assert.Equal("the answer is no JWK set: it has no list of keys", (await FetchAsync(server, "/list")).Problem);
        Assert.Equal("the JWK set has no RSA or EC key", (await FetchAsync(server, "/empty")).Problem);
        Assert.Equal("the JWK set has no RSA or EC key", (await FetchAsync(server, "/symmetric")).Problem);
        Assert.Equal("the answer is too large", (await FetchAsync(server, "/huge")).Problem);
        Assert.Contains("no jwks_uri", (await FetchAsync(server, "/odd", isDiscovery: true)).Problem, StringComparison.Ordinal);
        Assert.Equal("the server answered 404", (await FetchAsync(server, "/none", isDiscovery: true)).Problem);
        Assert.Equal("no answer within 0.2 s", (await FetchAsync(server, "/slow", timeout: TimeSpan.FromSeconds(0.2))).Problem);
        Assert.NotEmpty((await FetchAsync(server, "/cut")).Problem);
    }

    private static async Task<KeySetFetch> FetchAsync(KeyServer server, string path, bool isDiscovery = false, TimeSpan? timeout = null)
    {
        using var fetcher = new KeySetFetcher(KeySetOptions.Default, TimeProvider.System);
        return await fetcher.FetchAsync(
            new KeySource(server.Url + path, isDiscovery, timeout ?? TimeSpan.FromSeconds(30)),
            CancellationToken.None
        );
    }

    private static Func<HttpContext, Task> Redirect(string to) =>
        context =>
        {
            context.Response.Redirect(to);
            return Task.CompletedTask;
        };
}
