using System.Net;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

[Collection(EchoCollection.Name)]
public sealed class R05ActionTests(EchoMesh mesh)
{
    public static TheoryData<string> Both => Protocols.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task R05_Rewrites_change_what_they_name_and_leave_every_other_byte(string protocol)
    {
        await mesh.ApplyRulesAsync(
            """
                - match: [ { uri: { prefix: /old/ } } ]
                  rewrite: { uri: /new/ }
                  route: [ { destination: { host: echo, subset: v1 } } ]
                - match: [ { uri: { exact: /whole } } ]
                  rewrite: { uri: /other/path }
                  route: [ { destination: { host: echo, subset: v1 } } ]
                - match: [ { uri: { prefix: /regex } } ]
                  rewrite:
                    uriRegexRewrite: { match: "^/regex/([a-z]+)/([0-9]+)(.*)$", rewrite: "/\\2/\\1\\3" }
                  route: [ { destination: { host: echo, subset: v1 } } ]
                - match: [ { uri: { prefix: /authority } } ]
                  rewrite: { authority: elsewhere.example }
                  route: [ { destination: { host: echo, subset: v1 } } ]
                - route: [ { destination: { host: echo, subset: v1 } } ]
            """
        );
        using var client = new EchoClient(mesh.Client, protocol);
        Assert.Equal("/new/a%20b?q=%2F&r", (await client.EchoAsync("/old/a%20b?q=%2F&r")).Target);
        Assert.Equal("/other/path?x=1", (await client.EchoAsync("/whole?x=1")).Target);
        Assert.Equal("/42/items/rest", (await client.EchoAsync("/regex/items/42/rest")).Target);
        var authority = await client.EchoAsync("/authority");
        Assert.Equal("elsewhere.example", authority.Host);
        Assert.Equal("/a/../b%2fc//d;x?y#", (await client.EchoAsync("/a/../b%2fc//d;x?y")).Target + "#");
        Assert.Equal(WithoutDefaultPort($"echo:{client.Port}"), (await client.EchoAsync("/")).Host);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task R05_Redirects_answer_with_every_field(string protocol)
    {
        await mesh.ApplyRulesAsync(
            """
                - match: [ { uri: { exact: /plain } } ]
                  redirect: { uri: /target }
                - match: [ { uri: { prefix: /moved } } ]
                  redirect: { authority: new.example, redirectCode: 308 }
                - match: [ { uri: { prefix: /secure } } ]
                  redirect: { scheme: https, redirectCode: 302 }
                - match: [ { uri: { prefix: /port } } ]
                  redirect: { port: 8443, scheme: https, authority: p.example, redirectCode: 307 }
                - match: [ { uri: { prefix: /prefix/ } } ]
                  redirect: { prefixRewrite: /short/, authority: s.example, redirectCode: 303 }
            """
        );
        using var client = new EchoClient(mesh.Client, protocol);
        var authority = $"echo:{client.Port}";
        await RedirectsAsync(client, "/plain?q=1", HttpStatusCode.MovedPermanently, $"http://{WithoutDefaultPort(authority)}/target?q=1");
        await RedirectsAsync(client, "/moved/a?q=1", HttpStatusCode.PermanentRedirect, "http://new.example/moved/a?q=1");
        await RedirectsAsync(client, "/port/x", HttpStatusCode.TemporaryRedirect, "https://p.example:8443/port/x");
        await RedirectsAsync(client, "/prefix/a/b?c", HttpStatusCode.SeeOther, "http://s.example/short/a/b?c");
        using var secure = await client.SendAsync("/secure");
        Assert.Equal(HttpStatusCode.Found, secure.StatusCode);
        Assert.StartsWith("https://echo", secure.Headers.Location?.OriginalString, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task R05_A_direct_response_comes_from_the_sidecar(string protocol)
    {
        await mesh.ApplyRulesAsync(
            """
                - match: [ { uri: { prefix: /teapot } } ]
                  directResponse: { status: 418, body: { string: "short and stout" } }
                - route: [ { destination: { host: echo, subset: v1 } } ]
            """
        );
        using var client = new EchoClient(mesh.Client, protocol);
        using var response = await client.SendAsync("/teapot");
        Assert.Equal(418, (int)response.StatusCode);
        Assert.Equal("short and stout", await response.Content.ReadAsStringAsync());
        Assert.Equal("v1", await client.WhoAsync("/"));
    }

    private static string WithoutDefaultPort(string authority) =>
        authority.EndsWith(":80", StringComparison.Ordinal) ? authority[..^3] : authority;

    private static async Task RedirectsAsync(EchoClient client, string path, HttpStatusCode status, string location)
    {
        using var response = await client.SendAsync(path);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal(location, response.Headers.Location?.OriginalString);
    }
}
