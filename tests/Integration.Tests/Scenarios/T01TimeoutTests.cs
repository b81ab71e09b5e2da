using System.Net;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

[Collection(EchoCollection.Name)]
public sealed class T01TimeoutTests(EchoMesh mesh)
{
    public static TheoryData<string> Pairs => Protocols.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T01_A_slow_answer_becomes_504_with_the_usual_body_and_flag(string protocol)
    {
        await mesh.ApplyRulesAsync("    - timeout: 2s\n      route: [ { destination: { host: echo, subset: v1 } } ]\n");
        using var client = new EchoClient(mesh.Client, protocol);
        Assert.Equal("v1", await client.WhoAsync("/fast"));

        var id = Guid.NewGuid().ToString();
        using var response = await client.SendAsync("/slow", headers: [("x-delay-ms", "20000"), ("x-request-id", id)]);
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Equal("upstream request timeout", await response.Content.ReadAsStringAsync());
        var lines = await mesh.Client.AccessLogAsync(all => all.Any(line => line.Contains(id, StringComparison.Ordinal)));
        Assert.Contains(" 504 UT ", lines.Single(line => line.Contains(id, StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T01_Without_a_timeout_a_slow_answer_is_waited_for(string protocol)
    {
        await mesh.ApplyRulesAsync("    - route: [ { destination: { host: echo, subset: v1 } } ]\n");
        using var client = new EchoClient(mesh.Client, protocol);
        Assert.Equal("v1", await client.WhoAsync("/slow", ("x-delay-ms", "1500")));
    }
}
