using System.Text;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Traffic;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>Heads of HTTP/2 are read in the form that HTTP/1.1 has: rules that ask for it cannot be got around by what only HTTP/2 can carry.</summary>
public sealed class Http2HeadFormTests
{
    [Theory]
    [InlineData("b", "asked")]
    [InlineData(" b", "asked")]
    [InlineData("b ", "asked")]
    [InlineData("\tb \t", "asked")]
    [InlineData("c", "other")]
    public async Task White_space_around_a_value_is_none_of_it(string value, string answer) =>
        Assert.Equal(answer, await AskAsync("/", "reviews", ("x-a", value)));

    [Theory]
    [InlineData("/a ")]
    [InlineData("/a\tb")]
    [InlineData("/a\u007f")]
    public async Task A_target_has_no_white_space_or_control_bytes(string path) => Assert.Equal("", await AskAsync(path, "reviews"));

    [Theory]
    [InlineData("reviews:9080", "other")]
    [InlineData("reviews:0", "The authority is missing, or no host name or address with an optional port.")]
    [InlineData("reviews:00", "The authority is missing, or no host name or address with an optional port.")]
    [InlineData("", "The authority is missing, or no host name or address with an optional port.")]
    [InlineData(null, "The authority is missing, or no host name or address with an optional port.")]
    public async Task A_request_has_an_authority_that_names_one_host(string? authority, string answer) =>
        Assert.Equal(answer, await AskAsync("/", authority));

    // The body of the answer.
    private static async Task<string> AskAsync(string path, string? authority, params (string, string)[] headers)
    {
        var asked = new Rule
        {
            Name = "asked",
            Conditions = new RouteConditions(null, [new HeaderCondition("x-a", ValueMatch.Exact("b"))]),
            Action = Saying("asked"),
        };
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(asked, TestConfig.Rule(Saying("other"))));
        await using var client = await Http2Peer.ConnectAsync(proxy.Outbound);
        (string, string)[] written = authority is null ? [] : [(":authority", authority)];
        await client.SendAsync(
            Http2Wire.Frame(
                Http2Wire.Headers,
                Http2Wire.EndHeaders | Http2Wire.EndStream,
                1,
                Http2Wire.Block([(":method", "GET"), (":scheme", "http"), (":path", path), .. written, .. headers])
            )
        );
        var body = new StringBuilder();
        await client.UntilAsync(frame =>
        {
            if (frame.Type == Http2Wire.Data)
            {
                body.Append(Encoding.ASCII.GetString(frame.Payload));
            }

            return frame.EndsStream || frame.Type is Http2Wire.Reset or Http2Wire.GoAway;
        });
        return body.ToString();
    }

    private static RuleAction.DirectResponse Saying(string text) => new() { StatusCode = 200, Body = Encoding.ASCII.GetBytes(text) };
}
