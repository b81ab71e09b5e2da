using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

[Collection(EchoCollection.Name)]
public sealed class R03ShadowedRuleTests(EchoMesh mesh)
{
    public static TheoryData<string> Pairs => Protocols.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task R03_The_first_matching_rule_takes_the_request_even_where_a_later_one_says_more(string protocol)
    {
        await mesh.ApplyRulesAsync(
            """
                - name: broad
                  match: [ { uri: { prefix: /api } } ]
                  route: [ { destination: { host: echo, subset: v1 } } ]
                - name: narrow
                  match: [ { uri: { prefix: /api/admin } } ]
                  route: [ { destination: { host: echo, subset: v2 } } ]
                - name: rest
                  route: [ { destination: { host: echo, subset: v3 } } ]
            """
        );
        using var client = new EchoClient(mesh.Client, protocol);
        Assert.Equal("v1", await client.WhoAsync("/api/admin/users"));
        Assert.Equal("v3", await client.WhoAsync("/other"));
    }

    [Fact]
    public async Task R03_Analyze_warns_about_a_shadowed_rule_and_names_the_rule_that_shadows_it()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("echo.yaml", Objects.EchoService("echo", "default"));
        directory.Write(
            "rules.yaml",
            Objects.VirtualService(
                "echo",
                "default",
                "echo",
                """
                    - name: broad
                      match: [ { uri: { prefix: /api } } ]
                      route: [ { destination: { host: echo, port: { number: 80 } } } ]
                    - name: narrow
                      match: [ { uri: { prefix: /api/admin } } ]
                      route: [ { destination: { host: echo, port: { number: 80 } } } ]
                """
            )
        );
        var result = await Meshctl.RunAsync("analyze", "-f", directory.Path);
        Assert.Equal(0, result.ExitCode);
        // Once, at the line of the shadowed rule, with the line of the other.
        var line = Assert.Single(result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Matches(
            @"rules\.yaml:\d+: VirtualService default/echo spec\.http\[1\]: .*'broad' \(.*rules\.yaml:\d+\).*\[ShadowedRule\]$",
            line
        );
    }
}
