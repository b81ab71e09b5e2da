using System.Net;
using Mesh.Integration.Tests.Harness;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Scenarios;

[Collection(EchoCollection.Name)]
public sealed class T09CorsTests(EchoMesh mesh)
{
    private const string Rules = """
            - match: [ { uri: { prefix: /closed } } ]
              corsPolicy:
                allowOrigins: [ { exact: "https://shop.example" } ]
                unmatchedPreflights: IGNORE
              route: [ { destination: { host: echo, subset: v1 } } ]
            - match: [ { uri: { prefix: /every } } ]
              corsPolicy:
                allowOrigin: [ "*" ]
                allowMethods: [ "*" ]
              route: [ { destination: { host: echo, subset: v1 } } ]
            - match: [ { uri: { prefix: /nobody } } ]
              corsPolicy: { allowOrigins: [ { exact: "https://shop.example" } ] }
              route: [ { destination: { host: echo, port: { number: 4444 } } } ]
            - match: [ { uri: { prefix: /plain } } ]
              route: [ { destination: { host: echo, subset: v1 } } ]
            - corsPolicy:
                allowOrigins: [ { exact: "https://shop.example" }, { prefix: "https://dev." }, { regex: "https://[a-z]+\\.test" } ]
                allowMethods: [ GET, POST ]
                allowHeaders: [ x-user, content-type ]
                exposeHeaders: [ x-answer ]
                maxAge: 24h
                allowCredentials: true
              headers: { response: { set: { access-control-allow-origin: "https://wrong.example", x-answer: "42" } } }
              route: [ { destination: { host: echo, subset: v1 } } ]

        """;

    public static TheoryData<string> Pairs => Protocols.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T09_A_preflight_is_answered_by_the_sidecar(string protocol)
    {
        await mesh.ApplyRulesAsync(Rules);
        using var client = new EchoClient(mesh.Client, protocol);
        var before = mesh.V1.Requests;
        var id = Guid.NewGuid().ToString();
        using var answer = await PreflightAsync(client, "/", "https://shop.example", ("x-request-id", id));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("https://shop.example", Header(answer, "access-control-allow-origin"));
        Assert.Equal("GET,POST", Header(answer, "access-control-allow-methods"));
        Assert.Equal("x-user,content-type", Header(answer, "access-control-allow-headers"));
        Assert.Equal("86400", Header(answer, "access-control-max-age"));
        Assert.Equal("true", Header(answer, "access-control-allow-credentials"));
        Assert.Null(Header(answer, "x-answer"));
        Assert.Equal(before, mesh.V1.Requests);
        var lines = await mesh.Client.AccessLogAsync(all => all.Any(line => line.Contains(id, StringComparison.Ordinal)));
        Assert.Contains(
            " 200 - cors_response ",
            lines.Single(line => line.Contains(id, StringComparison.Ordinal)),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T09_The_answer_to_an_allowed_origin_says_what_scripts_may_read(string protocol)
    {
        await mesh.ApplyRulesAsync(Rules);
        using var client = new EchoClient(mesh.Client, protocol);
        foreach (var origin in new[] { "https://shop.example", "https://dev.example:8443", "https://abc.test" })
        {
            using var answer = await client.SendAsync("/", headers: [("origin", origin)]);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(origin, Header(answer, "access-control-allow-origin"));
            Assert.Equal("true", Header(answer, "access-control-allow-credentials"));
            Assert.Equal("x-answer", Header(answer, "access-control-expose-headers"));
            Assert.Equal("42", Header(answer, "x-answer"));
        }

        // A script is also told what went wrong.
        using var failed = await client.SendAsync("/nobody", headers: [("origin", "https://shop.example")]);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, failed.StatusCode);
        Assert.Equal("https://shop.example", Header(failed, "access-control-allow-origin"));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T09_Other_origins_are_served_but_told_nothing(string protocol)
    {
        await mesh.ApplyRulesAsync(Rules);
        using var client = new EchoClient(mesh.Client, protocol);
        foreach (var (path, origin) in new[] { ("/closed", "https://evil.example"), ("/plain", "https://shop.example") })
        {
            using var answer = await client.SendAsync(path, headers: [("origin", origin)]);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Null(Header(answer, "access-control-allow-origin"));
        }

        using var without = await client.SendAsync("/closed");
        Assert.Null(Header(without, "access-control-allow-origin"));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T09_A_preflight_of_another_origin_is_forwarded_or_ended(string protocol)
    {
        await mesh.ApplyRulesAsync(Rules);
        using var client = new EchoClient(mesh.Client, protocol);
        using var forwarded = await PreflightAsync(client, "/every", "https://evil.example");
        Assert.Equal(HttpStatusCode.OK, forwarded.StatusCode);
        Assert.Equal("https://evil.example", Header(forwarded, "access-control-allow-origin"));

        var before = mesh.V1.Requests;
        using var open = await PreflightAsync(client, "/", "https://evil.example");
        Assert.Equal("https://wrong.example", Header(open, "access-control-allow-origin"));
        Assert.Equal(before + 1, mesh.V1.Requests);

        using var ended = await PreflightAsync(client, "/closed", "https://evil.example");
        Assert.Equal(HttpStatusCode.OK, ended.StatusCode);
        Assert.Null(Header(ended, "access-control-allow-origin"));
        Assert.Equal(before + 1, mesh.V1.Requests);
    }

    [PeerFact("program:curl")]
    public async Task T09_curl_sees_a_wildcard_as_its_own_origin_and_method()
    {
        await mesh.ApplyRulesAsync(Rules);
        var answer = await Curl.RunAsync(
            "-si",
            "-X",
            "OPTIONS",
            "-x",
            $"http://{mesh.Client.Outbound}",
            "-H",
            "Origin: https://a.example",
            "-H",
            "Access-Control-Request-Method: DELETE",
            "http://echo/every"
        );
        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Contains("access-control-allow-origin: https://a.example", answer, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("access-control-allow-methods: DELETE", answer, StringComparison.OrdinalIgnoreCase);
    }

    private static Task<HttpResponseMessage> PreflightAsync(
        EchoClient client,
        string path,
        string origin,
        params (string Name, string Value)[] more
    ) =>
        client.SendAsync(
            path,
            HttpMethod.Options,
            headers: [("origin", origin), ("access-control-request-method", "PUT"), ("access-control-request-headers", "x-user"), .. more]
        );

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;
}
