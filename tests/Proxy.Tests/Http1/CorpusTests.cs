using System.Text;
using Mesh.Proxy.Http1;

namespace Mesh.Proxy.Tests.Http1;

public sealed class CorpusTests
{
    [Fact]
    public void The_corpus_is_large_and_every_name_is_its_own()
    {
        Assert.True(Corpus.Requests.Count >= 200);
        Assert.True(Corpus.Responses.Count >= 60);
        Assert.Distinct(Corpus.Requests.Select(one => one.Name));
        Assert.Distinct(Corpus.Responses.Select(one => one.Name));
    }

    [Fact]
    public void Every_rule_has_a_case()
    {
        var rules = Corpus.Requests.Concat(Corpus.Responses).Select(one => one.Rule).ToHashSet();
        Assert.Empty(Enum.GetNames<Http1Rule>().Where(rule => rule != nameof(Http1Rule.None)).Except(rules));
    }

    [Fact]
    public void Every_request_gets_its_verdict_however_its_bytes_arrive() =>
        Check(Corpus.Requests, (reading, _, arrivals) => reading.ReadRequest(arrivals));

    [Fact]
    public void Every_response_gets_its_verdict_however_its_bytes_arrive() =>
        Check(Corpus.Responses, (reading, one, arrivals) => reading.ReadResponse(arrivals, one.RequestMethod));

    [Fact]
    public void A_parser_that_refused_or_gave_up_reads_the_next_head_as_a_new_one_does()
    {
        var reading = new MessageReading();
        var fine = Corpus.Requests.Single(one => one.Name == "a browser");
        foreach (var one in Corpus.Requests)
        {
            reading.ReadRequest(Arrivals.Single(one.Bytes, contiguous: false));
            reading.Parser.Reset();
            Assert.Equal(fine.Verdict, reading.ReadRequest(Arrivals.Whole(fine.Bytes)));
        }
    }

    private static void Check(IReadOnlyList<CorpusCase> cases, Func<MessageReading, CorpusCase, Arrivals, string> read)
    {
        var random = new Random(31);
        var problems = new StringBuilder();
        foreach (var one in cases)
        {
            Try("whole", Arrivals.Whole(one.Bytes));
            Try("byte by byte", Arrivals.Single(one.Bytes, contiguous: true));
            Try("byte by byte in segments", Arrivals.Single(one.Bytes, contiguous: false));
            for (var i = 0; i < 10; i++)
            {
                Try($"random split {i}", Arrivals.Random(one.Bytes, random));
            }

            void Try(string how, Arrivals arrivals)
            {
                var verdict = read(new MessageReading(), one, arrivals);
                if (verdict != one.Verdict)
                {
                    problems.AppendLine($"{one.Name}, {how}\n  expected: {Short(one.Verdict)}\n  actual:   {Short(verdict)}");
                }
            }
        }

        Assert.True(problems.Length == 0, problems.ToString());
    }

    private static string Short(string text) => text.Length > 300 ? text[..300] + "…" : text;
}
