using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

[Collection(EchoCollection.Name)]
public sealed class R02MatchTests(EchoMesh mesh)
{
    public static TheoryData<string> Pairs => Protocols.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task R02_Every_match_condition_takes_what_it_says_and_nothing_else(string protocol)
    {
        using var client = new EchoClient(mesh.Client, protocol);
        foreach (var (name, match, taken, left) in Cases(client.Port))
        {
            await mesh.ApplyRulesAsync(
                $$"""
                    - match:
                        - {{match}}
                      route: [ { destination: { host: echo, subset: v2 } } ]
                    - route: [ { destination: { host: echo, subset: v1 } } ]
                """
            );
            foreach (var request in taken)
            {
                Assert.True(await WhoAsync(client, request) == "v2", $"{name}: {request} should match");
            }

            foreach (var request in left)
            {
                Assert.True(await WhoAsync(client, request) == "v1", $"{name}: {request} should not match");
            }
        }
    }

    private static async Task<string> WhoAsync(EchoClient client, Request request)
    {
        using var response = await client.SendAsync(request.Path, new HttpMethod(request.Method), headers: [.. request.Headers]);
        var body = await response.Content.ReadAsStringAsync();
        return body.Contains("\"version\":\"v2\"", StringComparison.Ordinal) ? "v2"
            : body.Contains("\"version\":\"v1\"", StringComparison.Ordinal) ? "v1"
            : $"{(int)response.StatusCode} {body}";
    }

    private static Request Get(string path, params (string, string)[] headers) => new("GET", path, headers);

    private static IEnumerable<(string Name, string Match, Request[] Taken, Request[] Left)> Cases(int port)
    {
        yield return (
            "exact header",
            "headers: { x-user: { exact: ada } }",
            [Get("/", ("x-user", "ada"))],
            [Get("/"), Get("/", ("x-user", "Ada")), Get("/", ("x-user", "ada2"))]
        );
        yield return (
            "prefix header",
            "headers: { x-user: { prefix: ad } }",
            [Get("/", ("x-user", "ada")), Get("/", ("X-User", "ad"))],
            [Get("/", ("x-user", "bada"))]
        );
        yield return (
            "regex header is a full match",
            "headers: { x-user: { regex: \"^(1001|1002)$\" } }",
            [Get("/", ("x-user", "1001")), Get("/", ("x-user", "1002"))],
            [Get("/", ("x-user", "10011")), Get("/", ("x-user", "a1001"))]
        );
        yield return (
            "regex without anchors is a full match too",
            "headers: { x-user: { regex: \"1001|1002\" } }",
            [Get("/", ("x-user", "1002"))],
            [Get("/", ("x-user", "10011"))]
        );
        yield return ("present header", "headers: { x-user: {} }", [Get("/", ("x-user", "anything"))], [Get("/")]);
        yield return ("absent header", "withoutHeaders: { x-user: {} }", [Get("/")], [Get("/", ("x-user", "anything"))]);
        yield return (
            "header without value",
            "withoutHeaders: { x-user: { exact: ada } }",
            [Get("/"), Get("/", ("x-user", "bob"))],
            [Get("/", ("x-user", "ada"))]
        );
        yield return (
            "cookie by regex",
            "headers: { cookie: { regex: \"^(.*?;)?\\\\s*(user=ada)(;.*)?$\" } }",
            [Get("/", ("cookie", "user=ada")), Get("/", ("cookie", "a=b; user=ada; c=d"))],
            [Get("/", ("cookie", "user=adam")), Get("/")]
        );
        yield return (
            "exact query parameter",
            "queryParams: { beta: { exact: \"yes\" } }",
            [Get("/?beta=yes"), Get("/x?a=1&beta=yes")],
            [Get("/"), Get("/?beta=yess"), Get("/?xbeta=yes")]
        );
        yield return ("prefix query parameter", "queryParams: { beta: { prefix: y } }", [Get("/?beta=yes")], [Get("/?beta=no")]);
        yield return (
            "regex query parameter",
            "queryParams: { id: { regex: \"[0-9]+\" } }",
            [Get("/?id=42")],
            [Get("/?id=42x"), Get("/?id=")]
        );
        yield return ("method", "method: { exact: POST }", [new Request("POST", "/", [])], [Get("/"), new Request("PUT", "/", [])]);
        yield return ("scheme", "scheme: { exact: http }", [Get("/")], []);
        yield return ("other scheme", "scheme: { exact: https }", [], [Get("/")]);
        yield return ("authority", $"authority: {{ prefix: echo }}", [Get("/")], []);
        yield return ("other authority", "authority: { prefix: other }", [], [Get("/")]);
        yield return ("port", $"port: {port}", [Get("/")], []);
        yield return ("other port", "port: 8443", [], [Get("/")]);
        yield return ("source labels", "sourceLabels: { app: client }", [Get("/")], []);
        yield return ("other source labels", "sourceLabels: { app: batch }", [], [Get("/")]);
        yield return ("source namespace", "sourceNamespace: default", [Get("/")], []);
        yield return ("other source namespace", "sourceNamespace: elsewhere", [], [Get("/")]);
        yield return ("exact path", "uri: { exact: /a/b }", [Get("/a/b"), Get("/a/b?q=1")], [Get("/a/B"), Get("/a/b/"), Get("/a")]);
        yield return (
            "path in any case",
            "ignoreUriCase: true\n          uri: { exact: /A/b }",
            [Get("/a/B"), Get("/A/b")],
            [Get("/a/bc")]
        );
        yield return ("prefix path", "uri: { prefix: /foo }", [Get("/foo"), Get("/foobar"), Get("/foo/bar")], [Get("/fo"), Get("/Foo")]);
        yield return ("prefix path in any case", "ignoreUriCase: true\n          uri: { prefix: /foo }", [Get("/FOObar")], [Get("/fo")]);
        yield return (
            "regex path",
            "uri: { regex: \"/v[0-9]+/items\" }",
            [Get("/v1/items"), Get("/v22/items?x")],
            [Get("/v/items"), Get("/v1/items/3")]
        );
        yield return (
            "conditions of one block together",
            "uri: { prefix: /a }\n          headers: { x-user: { exact: ada } }",
            [Get("/a", ("x-user", "ada"))],
            [Get("/a"), Get("/b", ("x-user", "ada"))]
        );
        yield return ("any of several blocks", "uri: { exact: /a }\n        - uri: { exact: /b }", [Get("/a"), Get("/b")], [Get("/c")]);
    }

    private sealed record Request(string Method, string Path, (string Name, string Value)[] Headers)
    {
        public override string ToString() => $"{Method} {Path} {string.Join(", ", Headers)}";
    }
}
