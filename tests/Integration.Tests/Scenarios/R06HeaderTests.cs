using System.Net.Http.Json;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

[Collection(EchoCollection.Name)]
public sealed class R06HeaderTests(EchoMesh mesh)
{
    public static TheoryData<string> Pairs => Protocols.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task R06_Headers_are_set_added_and_removed_on_the_route_and_for_each_destination(string protocol)
    {
        await mesh.ApplyRulesAsync(
            """
                - headers:
                    request:
                      set: { x-set: route, x-level: route }
                      add: { x-add: route }
                      remove: [ x-remove ]
                    response:
                      set: { x-answer: route }
                      add: { x-trail: one }
                      remove: [ content-language ]
                  route:
                    - destination: { host: echo, subset: v1 }
                      weight: 50
                      headers:
                        request: { set: { x-only: v1 } }
                        response: { set: { x-from: v1 } }
                    - destination: { host: echo, subset: v2 }
                      weight: 50
                      headers:
                        request: { set: { x-only: v2 } }
                        response: { set: { x-from: v2 } }
            """
        );
        using var client = new EchoClient(mesh.Client, protocol);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 20; i++)
        {
            using var response = await client.SendAsync(
                "/",
                headers: [("x-set", "client"), ("x-add", "client"), ("x-remove", "client"), ("x-keep", "client")]
            );
            var echo = (await response.Content.ReadFromJsonAsync<Echo>())!;
            seen.Add(echo.Version);
            Assert.Equal("route", echo.Header("x-set"));
            Assert.Equal(["client", "route"], echo.Header("x-add")!.Split(',', StringSplitOptions.TrimEntries));
            Assert.Null(echo.Header("x-remove"));
            Assert.Equal("client", echo.Header("x-keep"));
            Assert.Equal(echo.Version, echo.Header("x-only"));
            Assert.Equal("route", string.Join(',', response.Headers.GetValues("x-answer")));
            Assert.Equal("one", string.Join(',', response.Headers.GetValues("x-trail")));
            Assert.Equal(echo.Version, string.Join(',', response.Headers.GetValues("x-from")));
        }

        Assert.Equal(2, seen.Count);
    }

    [Fact]
    public async Task R06_Setting_the_host_header_rewrites_the_authority()
    {
        await mesh.ApplyRulesAsync(
            """
                - headers: { request: { set: { host: inner.example } } }
                  route: [ { destination: { host: echo, subset: v1 } } ]
            """
        );
        using var client = new EchoClient(mesh.Client, Protocols.Http1);
        Assert.Equal("inner.example", (await client.EchoAsync("/")).Host);
    }
}
