using Mesh.Cli.Explain;

namespace Mesh.Cli.Tests.Explain;

/// <summary>What <c>meshctl explain</c> is asked, and how it says that it cannot be asked so.</summary>
public sealed class ExplainOptionTests
{
    [Theory]
    [InlineData("--from", "shop/web", "GET", "http://cart/", "-f DIR")]
    [InlineData("-f", "/", "GET", "http://cart/", "--from NAMESPACE/POD")]
    [InlineData("--proxy", "nowhere", "GET", "http://cart/", "nowhere")]
    [InlineData("--principal", "shop/web", "GET", "http://cart/", "--principal 'shop/web' is no identity")]
    [InlineData("--proxy", "127.0.0.1:15000", "GET", "cart/", "'cart/' is no URL")]
    [InlineData("--proxy", "127.0.0.1:15000", "TCP", "tcp://cart", "'tcp://cart' has no port")]
    [InlineData("--proxy", "127.0.0.1:15000", "GET", "http:///x", "'http:///x' has no host")]
    public void A_bad_question_is_refused(string option, string value, string method, string url, string expected) =>
        Assert.Contains(
            ExplainCommand.Create().Parse([option, value, method, url]).Errors,
            error => error.Message.Contains(expected, StringComparison.Ordinal)
        );

    [Fact]
    public void A_header_needs_a_name_and_a_pod_a_namespace()
    {
        string[] arguments = ["-f", "/", "--from", "web", "-H", "jason", "GET", "http://cart/"];

        var errors = ExplainCommand.Create().Parse(arguments).Errors.Select(error => error.Message).ToList();

        Assert.Contains(errors, error => error.Contains("--from 'web'", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.Contains("-H 'jason'", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://cart", 80, "cart", "/")]
    [InlineData("http://Cart:8080/a/../b?x=1", 8080, "cart", "/a/../b")]
    [InlineData("http://[::1]:81?x", 81, "[::1]", "/")]
    public void A_url_is_taken_as_a_client_sends_it(string url, int port, string host, string path)
    {
        var request = ExplainedRequest.Parse("get", url, [], out var error);

        Assert.Null(error);
        var head = request!.ToHead()!;
        Assert.Equal(
            ("GET", port, host, path),
            (
                request.Method,
                request.Port,
                System.Text.Encoding.Latin1.GetString(head.Host),
                System.Text.Encoding.Latin1.GetString(head.Path)
            )
        );
    }

    [Fact]
    public void A_principal_that_is_given_is_who_asks()
    {
        var client = ExplainedClient.Of(null, "", "cluster.local/ns/shop/sa/web");

        Assert.True(client.Encrypts);
        Assert.Equal("spiffe://cluster.local/ns/shop/sa/web", client.Identity!.Uri);
        Assert.Null(ExplainedClient.Of(null, "shop/web-1", null).Identity);
    }

    [Fact]
    public void A_host_header_wins_over_the_url()
    {
        var head = ExplainedRequest.Parse("GET", "http://10.0.0.1/", ["Host: cart.shop"], out _)!.ToHead()!;

        Assert.Equal("cart.shop", System.Text.Encoding.Latin1.GetString(head.Host));
    }
}
