using System.Net;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

[Collection(EchoCollection.Name)]
public sealed class R05ActionTests(EchoMesh mesh)
{
    public static TheoryData<string> Pairs => Protocols.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
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
        Assert.Equal("/b%2fc//d;x?y=/a/../#", (await client.EchoAsync("/a/../b%2fc//d;x?y=/a/../")).Target + "#");
        Assert.Equal(WithoutDefaultPort($"echo:{client.Port}"), (await client.EchoAsync("/")).Host);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
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
    [MemberData(nameof(Pairs))]
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

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task R05_A_redirect_can_keep_the_port_the_request_came_to(string protocol)
    {
        await mesh.ApplyRulesAsync(
            """
                - match: [ { uri: { prefix: /keep } } ]
                  redirect: { authority: new.example, derivePort: FROM_REQUEST_PORT, scheme: https }
                - redirect: { authority: new.example, derivePort: FROM_PROTOCOL_DEFAULT, scheme: https }
            """
        );
        using var client = new EchoClient(mesh.Client, protocol);
        await RedirectsAsync(client, "/keep/a", HttpStatusCode.MovedPermanently, $"https://new.example:{client.Port}/keep/a");
        await RedirectsAsync(client, "/drop/a", HttpStatusCode.MovedPermanently, "https://new.example/drop/a");
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task R05_A_direct_response_can_be_bytes_with_headers_of_its_own(string protocol)
    {
        await mesh.ApplyRulesAsync(
            """
                - match: [ { uri: { prefix: /bytes } } ]
                  directResponse: { status: 200, body: { bytes: "/wD+gA==" } }
                  headers: { response: { set: { content-type: application/octet-stream, x-own: "1" } } }
                - match: [ { uri: { prefix: /empty } } ]
                  directResponse: { status: 204 }
                - directResponse: { status: 503 }
            """
        );
        using var client = new EchoClient(mesh.Client, protocol);
        using var bytes = await client.SendAsync("/bytes");
        Assert.Equal([0xff, 0x00, 0xfe, 0x80], await bytes.Content.ReadAsByteArrayAsync());
        Assert.Equal("application/octet-stream", bytes.Content.Headers.ContentType?.ToString());
        Assert.Equal("1", Assert.Single(bytes.Headers.GetValues("x-own")));
        using var head = await client.SendAsync("/bytes", HttpMethod.Head);
        Assert.Equal(4, head.Content.Headers.ContentLength);
        using var empty = await client.SendAsync("/empty");
        Assert.Equal(HttpStatusCode.NoContent, empty.StatusCode);
        using var failing = await client.SendAsync("/else");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, failing.StatusCode);
        Assert.Equal("", await failing.Content.ReadAsStringAsync());
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task R05_Each_destination_can_have_an_authority_and_headers_of_its_own(string protocol)
    {
        await mesh.ApplyRulesAsync(
            """
                - match: [ { uri: { prefix: /rule } } ]
                  rewrite: { authority: rule.example }
                  route:
                    - destination: { host: echo, subset: v1 }
                      headers: { request: { set: { host: destination.example } } }
                - route:
                    - destination: { host: echo, subset: v1 }
                      weight: 50
                      headers:
                        request: { set: { host: one.example, x-share: one } }
                        response: { set: { x-share: one } }
                    - destination: { host: echo, subset: v2 }
                      weight: 50
                      headers:
                        request: { set: { x-share: two }, remove: [ x-gone ] }
                        response: { set: { x-share: two } }
            """
        );
        using var client = new EchoClient(mesh.Client, protocol);
        Assert.Equal("rule.example", (await client.EchoAsync("/rule")).Host);
        var authority = WithoutDefaultPort($"echo:{client.Port}");
        var seen = new HashSet<string>();
        for (var i = 0; i < 20; i++)
        {
            var echo = await client.EchoAsync("/", ("x-gone", "1"));
            seen.Add(echo.Version);
            Assert.Equal(echo.Version == "v1" ? "one.example" : authority, echo.Host);
            Assert.Equal(echo.Version == "v1" ? "one" : "two", echo.Header("x-share"));
            Assert.Equal(echo.Version == "v1" ? "1" : null, echo.Header("x-gone"));
        }

        Assert.Equal(["v1", "v2"], seen.Order());
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task R05_A_route_with_a_statPrefix_has_metrics_of_its_own(string protocol)
    {
        var name = $"paid_{protocol.Replace('.', '_').Replace('/', '_')}";
        await mesh.ApplyRulesAsync(
            $$"""
                - match: [ { uri: { prefix: /paid }, statPrefix: {{name}} } ]
                  route: [ { destination: { host: echo, subset: v1 } } ]
                - route: [ { destination: { host: echo, subset: v1 } } ]
            """
        );
        using var client = new EchoClient(mesh.Client, protocol);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("v1", await client.WhoAsync("/paid"));
        }

        Assert.Equal("503", await client.WhoAsync("/paid", ("x-status", "503")));
        Assert.Equal("v1", await client.WhoAsync("/free"));
        var metrics = await mesh.Client.MetricsAsync();
        var host = $"envoy_virtual_host=\"echo.default.svc.cluster.local:{client.Port}\"";
        Assert.Contains($"envoy_vhost_route_upstream_rq_total{{{host},envoy_route=\"{name}\"}} 4\n", metrics, StringComparison.Ordinal);
        Assert.Contains(
            $"envoy_vhost_route_upstream_rq_xx{{{host},envoy_route=\"{name}\",envoy_response_code_class=\"5\"}} 1\n",
            metrics,
            StringComparison.Ordinal
        );
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
