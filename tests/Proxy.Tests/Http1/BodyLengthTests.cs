using System.Text;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests.Http1;

public sealed class BodyLengthTests
{
    // The eight rules of RFC 9112 section 6.3, in their order; 3 and 5 (ambiguous framing) end in the parser.
    [Theory]
    [InlineData("1: HEAD", 200, "HEAD", 5, false, "None")]
    [InlineData("1: HEAD, chunked", 200, "HEAD", -1, true, "None")]
    [InlineData("1: 100", 100, "POST", -1, false, "None")]
    [InlineData("1: 204", 204, "GET", -1, false, "None")]
    [InlineData("1: 304", 304, "GET", 5, false, "None")]
    [InlineData("1: 304, chunked", 304, "GET", -1, true, "None")]
    [InlineData("2: CONNECT", 200, "CONNECT", 5, false, "Tunnel")]
    [InlineData("2: CONNECT, chunked", 299, "CONNECT", -1, true, "Tunnel")]
    [InlineData("2: CONNECT refused", 407, "CONNECT", 5, false, "Fixed")]
    [InlineData("101", 101, "GET", -1, false, "Tunnel")]
    [InlineData("4: chunked", 200, "GET", -1, true, "Chunked")]
    [InlineData("6: length", 200, "GET", 5, false, "Fixed")]
    [InlineData("6: length 0", 200, "GET", 0, false, "Fixed")]
    [InlineData("8: neither", 200, "GET", -1, false, "UntilClose")]
    [InlineData("8: an error", 500, "POST", -1, false, "UntilClose")]
    public void A_response_ends_where_the_rfc_says(string rule, int status, string method, long length, bool chunked, string expected)
    {
        var facts = Facts(length, chunked);
        var body = Http1BodyLength.OfResponse(facts, status, Encoding.ASCII.GetBytes(method));
        Assert.True(body.Kind.ToString() == expected, rule);
        Assert.Equal(expected == "Fixed" ? length : 0, body.Length);
    }

    [Theory]
    [InlineData(-1, true, "Chunked", false)]
    [InlineData(5, false, "Fixed", false)]
    [InlineData(0, false, "Fixed", true)]
    [InlineData(-1, false, "None", true)]
    public void A_request_without_framing_has_no_body(long length, bool chunked, string expected, bool isEmpty)
    {
        var body = Http1BodyLength.OfRequest(Facts(length, chunked));
        Assert.Equal(expected, body.Kind.ToString());
        Assert.Equal(isEmpty, body.IsEmpty);
    }

    [Fact]
    public void A_body_without_a_length_goes_on_as_its_client_can_read_it()
    {
        Assert.Equal(Http1BodyLength.Chunked, Http1BodyLength.UntilClose.ForClient(HttpVersionKind.Http11));
        Assert.Equal(Http1BodyLength.Chunked, Http1BodyLength.Chunked.ForClient(HttpVersionKind.Http11));
        Assert.Equal(Http1BodyLength.UntilClose, Http1BodyLength.Chunked.ForClient(HttpVersionKind.Http10));
        Assert.Equal(Http1BodyLength.Fixed(3), Http1BodyLength.Fixed(3).ForClient(HttpVersionKind.Http10));
        Assert.Equal(Http1BodyLength.Tunnel, Http1BodyLength.Tunnel.ForClient(HttpVersionKind.Http11));
    }

    [Theory]
    [InlineData("HTTP/1.1", "", true)]
    [InlineData("HTTP/1.1", "close", false)]
    [InlineData("HTTP/1.1", "Keep-Alive", true)]
    [InlineData("HTTP/1.1", "keep-alive, close", false)]
    [InlineData("HTTP/1.0", "", false)]
    [InlineData("HTTP/1.0", "keep-alive", true)]
    [InlineData("HTTP/1.0", "keep-alive, close", false)]
    public void Versions_and_options_decide_about_the_connection(string version, string options, bool keeps) =>
        Assert.Equal(keeps, Parse($"GET / {version}\r\nHost: a\r\nConnection: {options}\r\n\r\n").KeepsAlive);

    [Theory]
    [InlineData("HTTP/1.1", "Expect: 100-Continue", true, false)]
    [InlineData("HTTP/1.1", "Expect: something", false, false)]
    [InlineData("HTTP/1.0", "Expect: 100-continue", false, false)]
    [InlineData("HTTP/1.1", "Upgrade: websocket\r\nConnection: Upgrade", false, true)]
    [InlineData("HTTP/1.1", "Upgrade: websocket", false, false)]
    [InlineData("HTTP/1.1", "Connection: upgrade", false, false)]
    [InlineData("HTTP/1.0", "Upgrade: websocket\r\nConnection: upgrade", false, false)]
    public void Expectations_and_upgrades_are_those_of_http11(string version, string header, bool expects, bool upgrades)
    {
        var facts = Parse($"GET / {version}\r\nHost: a\r\n{header}\r\n\r\n");
        Assert.Equal(expects, facts.ExpectsContinue);
        Assert.Equal(upgrades, facts.HasUpgrade);
    }

    [Fact]
    public void A_client_that_waits_gets_one_100_and_its_connection_is_kept_only_with_the_whole_body()
    {
        var waits = new ContinueState(expects: true, hasBody: true);
        Assert.True(waits.IsWaiting);
        Assert.False(waits.CanKeepAlive(bodyComplete: false));
        Assert.True(waits.TakeContinue());
        Assert.False(waits.TakeContinue());
        Assert.False(waits.CanKeepAlive(bodyComplete: false));
        Assert.True(waits.CanKeepAlive(bodyComplete: true));

        var impatient = new ContinueState(expects: true, hasBody: true);
        impatient.BodyBegan();
        Assert.False(impatient.TakeContinue());
        Assert.True(impatient.CanKeepAlive(bodyComplete: true));

        var bodyless = new ContinueState(expects: true, hasBody: false);
        Assert.False(bodyless.IsWaiting);
        Assert.True(bodyless.CanKeepAlive(bodyComplete: false));
    }

    private static Http1HeadFacts Parse(string head)
    {
        var parser = new Http1HeadParser(Http1Limits.Default);
        Assert.Equal(Http1ParseStatus.Done, parser.ParseRequest(new(Encoding.ASCII.GetBytes(head)), "http"u8, new RequestHead()));
        return parser.Facts;
    }

    private static Http1HeadFacts Facts(long length, bool chunked) =>
        new()
        {
            Version = HttpVersionKind.Http11,
            ContentLength = length,
            IsChunked = chunked,
        };
}
