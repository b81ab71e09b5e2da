using System.Text;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests.Http1;

public sealed class LimitTests
{
    private static readonly Http1Limits Small = new()
    {
        StartLineBytes = 64,
        HeadBytes = 256,
        HeaderCount = 3,
        ChunkLineBytes = 16,
        TrailerBytes = 20,
        TrailerCount = 1,
    };

    [Fact]
    public void Each_limit_is_met_to_the_byte_and_its_refusal_names_it_with_its_value()
    {
        const string Chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        Check(i => $"GET /{new('a', 50 + i)} HTTP/1.1\r\nHost: a\r\n\r\n", "Http1Limits.StartLineBytes", 64, 414);
        Check(i => $"GET / HTTP/1.1\r\nHost: a\r\nX: {new('v', 226 + i)}\r\n\r\n", "Http1Limits.HeadBytes", 256, 431);
        Check(
            i => $"GET / HTTP/1.1\r\nHost: a\r\n{string.Concat(Enumerable.Repeat("X: 1\r\n", 2 + i))}\r\n",
            "Http1Limits.HeaderCount",
            3,
            431
        );
        Check(i => $"{Chunked}0;{new('x', 14 + i)}\r\n\r\n", "Http1Limits.ChunkLineBytes", 16, 400);
        Check(i => $"{Chunked}0\r\nX: {new('v', 15 + i)}\r\n\r\n", "Http1Limits.TrailerBytes", 20, 431);
        Check(i => $"{Chunked}0\r\n{string.Concat(Enumerable.Repeat("X: 1\r\n", 1 + i))}\r\n", "Http1Limits.TrailerCount", 1, 431);
    }

    [Fact]
    public void The_default_limits_are_in_their_ranges_and_each_wrong_one_is_named()
    {
        Assert.Empty(Http1Limits.Default.Problems());
        Assert.Empty(Small.Problems());
        var wrong = new Http1Limits
        {
            StartLineBytes = 1,
            HeadBytes = 1,
            HeaderCount = 0,
            ChunkLineBytes = 1,
            TrailerBytes = -1,
            TrailerCount = 1001,
        };
        var problems = wrong.Problems();
        Assert.Equal(6, problems.Count);
        Assert.Contains("Http1Limits.TrailerCount is 1001, must be from 0 to 1000: choose a value in that range.", problems);
    }

    [Fact]
    public void The_largest_head_that_limits_allow_fits_the_request_head()
    {
        var limits = new Http1Limits
        {
            HeadBytes = 192 * 1024,
            StartLineBytes = 192 * 1024,
            HeaderCount = RequestHead.MaxHeaders,
        };
        Assert.Empty(limits.Problems());
        var target = "http://a/" + new string('a', (192 * 1024) - 40);
        var bytes = Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
        var reading = new MessageReading(limits);
        Assert.Equal(Http1ParseStatus.Done, reading.ReadRequestHead(Arrivals.Whole(bytes)));
    }

    [Fact]
    public void Every_rule_has_a_sentence_of_its_own()
    {
        var sentences = Enum.GetValues<Http1Rule>().Select(rule => new Http1Refusal(rule, IsResponse: false, Limit: 7)).ToList();
        Assert.Distinct(sentences.Select(refusal => refusal.Sentence));
        Assert.All(sentences, refusal => Assert.InRange(refusal.Status, 400, 505));
        Assert.All(sentences, refusal => Assert.Equal(502, (refusal with { IsResponse = true }).Status));
    }

    private static void Check(Func<int, string> message, string setting, int value, int status)
    {
        Assert.StartsWith("= ", new MessageReading(Small).ReadRequest(Arrivals.Whole(Encoding.ASCII.GetBytes(message(0)))));
        foreach (var arrivals in new[] { true, false })
        {
            var bytes = Encoding.ASCII.GetBytes(message(1));
            var verdict = new MessageReading(Small).ReadRequest(Arrivals.Single(bytes, arrivals));
            Assert.StartsWith($"! {status} ", verdict);
            var rule = Enum.Parse<Http1Rule>(verdict[(verdict.LastIndexOf(' ') + 1)..]);
            Assert.Contains($"{setting} allows ({value})", new Http1Refusal(rule, IsResponse: false, value).Sentence);
        }

        var refusal = RefusalOf(message(1));
        Assert.Equal(value, refusal.Limit);
    }

    private static Http1Refusal RefusalOf(string message)
    {
        var bytes = Encoding.ASCII.GetBytes(message);
        var parser = new Http1HeadParser(Small);
        if (parser.ParseRequest(new(bytes), "http"u8, new RequestHead()) == Http1ParseStatus.Refused)
        {
            return parser.Refusal;
        }

        var chunks = new ChunkedReader(parser, Small);
        chunks.Begin(ofResponse: false);
        Assert.Equal(Http1BodyStatus.Refused, chunks.Read(new(bytes.AsMemory(parser.Consumed)), out _, out _));
        return chunks.Refusal;
    }
}
