using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Mesh.Proxy.Http1;

namespace Mesh.Proxy.Tests.Http1;

public sealed class Http1PropertyTests
{
    private static readonly Gen<string> Token = Text("abcXYZ019-_.!~", 1, 12);
    private static readonly Gen<string> Value = Text("abc XYZ\t019:;,\"=\u00e9\u00ff", 0, 30).Select(text => text.Trim(' ', '\t'));
    private static readonly Gen<List<(string Name, string Value)>> Fields = Token
        .Select(name => "x-" + name)
        .Zip(Value)
        .ListOf()
        .Select(list => list.Take(Http1Limits.Default.HeaderCount - 1).ToList()); // Host is one too

    [Fact]
    public void A_request_head_that_is_written_reads_as_the_same_head()
    {
        var heads =
            from method in Token
            from target in Text("abc/%2F.;?&=+~\\|{}\"", 0, 40)
            from host in Text("abc-019", 1, 10)
            from fields in Fields
            select (method, target: "/" + target, host, fields);
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(1000).WithReplay(20261122UL, 3UL),
            Prop.ForAll(
                heads.ToArbitrary(),
                head =>
                {
                    var written = $"{head.method} {head.target} HTTP/1.1\r\nhost: {head.host}\r\n{Lines(head.fields)}\r\n";
                    return head.method == "CONNECT" || new HeadWriting().Request(written) == written;
                }
            )
        );
    }

    [Fact]
    public void A_response_head_that_is_written_reads_as_the_same_head()
    {
        var heads = from status in Gen.Choose(100, 999) from reason in Value from fields in Fields select (status, reason, fields);
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(1000).WithReplay(20261123UL, 5UL),
            Prop.ForAll(
                heads.ToArbitrary(),
                head =>
                {
                    var written = $"HTTP/1.1 {head.status} {head.reason}\r\n{Lines(head.fields)}\r\n";
                    return new HeadWriting().Response(written) == written;
                }
            )
        );
    }

    [Fact]
    public void Any_bytes_give_a_verdict_and_any_split_gives_the_same()
    {
        var random = new Random(33);
        var seeds = Corpus.Requests.Where(one => one.Bytes.Length is > 0 and < 1000).Select(one => one.Bytes).ToList();
        var requests = new MessageReading();
        var responses = new MessageReading();
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = random.Next(4) == 0 ? Noise(random) : Mutated(seeds[random.Next(seeds.Count)], random);
            requests.Parser.Reset();
            var whole = requests.ReadRequest(Arrivals.Whole(bytes));
            requests.Parser.Reset();
            var split = requests.ReadRequest(Arrivals.Random(bytes, random));
            Assert.True(whole == split, $"{WireText.Escape(bytes)}\nwhole: {whole}\nsplit: {split}");
        }

        var answers = Corpus.Responses.Where(one => one.Bytes.Length is > 0 and < 1000).ToList();
        for (var i = 0; i < 20_000; i++)
        {
            var one = answers[random.Next(answers.Count)];
            var bytes = random.Next(4) == 0 ? Noise(random) : Mutated(one.Bytes, random);
            responses.Parser.Reset();
            var whole = responses.ReadResponse(Arrivals.Whole(bytes), one.RequestMethod);
            responses.Parser.Reset();
            var split = responses.ReadResponse(Arrivals.Random(bytes, random), one.RequestMethod);
            Assert.True(whole == split, $"{WireText.Escape(bytes)}\nwhole: {whole}\nsplit: {split}");
        }
    }

    [Fact]
    public void Any_body_cut_into_any_chunks_is_read_back_with_its_trailers()
    {
        var bodies = ArbMap.Default.GeneratorFor<byte[]>().ListOf().Zip(Fields, (pieces, trailers) => (pieces, trailers));
        var random = new Random(34);
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(20261124UL, 7UL),
            Prop.ForAll(bodies.ToArbitrary(), body => ReadsBack([.. body.pieces], body.trailers, random))
        );
    }

    private static bool ReadsBack(byte[][] pieces, List<(string Name, string Value)> trailers, Random random)
    {
        var fields = new HeaderFields();
        foreach (var (name, value) in trailers)
        {
            fields.Add(Encoding.Latin1.GetBytes(name), Encoding.Latin1.GetBytes(value));
        }

        var output = new ArrayBufferWriter<byte>();
        output.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"u8);
        foreach (var piece in pieces)
        {
            ChunkedWriter.Write(output, new ReadOnlySequence<byte>(piece));
        }

        if (trailers.Count == 0)
        {
            ChunkedWriter.WriteEnd(output);
        }
        else
        {
            ChunkedWriter.WriteEnd(output, fields);
        }

        var shown = string.Join(
            "; ",
            trailers.Select(one => $"{one.Name.ToLowerInvariant()}: {WireText.Escape(Encoding.Latin1.GetBytes(one.Value))}")
        );
        var expected =
            $"= 200 \"OK\" HTTP/1.1 [transfer-encoding: chunked] chunked \"{WireText.Escape([.. pieces.SelectMany(piece => piece)])}\""
            + $"{(trailers.Count == 0 ? "" : $" trailers [{shown}]")} keep";
        return new MessageReading().ReadResponse(Arrivals.Random(output.WrittenSpan.ToArray(), random), "GET") == expected;
    }

    private static string Lines(List<(string Name, string Value)> fields) =>
        string.Concat(fields.Select(field => $"{field.Name.ToLowerInvariant()}: {field.Value}\r\n"));

    private static Gen<string> Text(string letters, int least, int most) =>
        from length in Gen.Choose(least, most)
        from text in Gen.Elements(letters.ToCharArray()).ArrayOf(length)
        select new string(text);

    private static byte[] Noise(Random random)
    {
        const string Telling = "\r\n\r\n: GET/HTTP1.05abcdef;,\t\0\u00ff#";
        var bytes = new byte[random.Next(80)];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = random.Next(4) == 0 ? (byte)random.Next(256) : (byte)Telling[random.Next(Telling.Length)];
        }

        return bytes;
    }

    // A byte changed, left out or doubled, or a stretch repeated.
    private static byte[] Mutated(byte[] bytes, Random random)
    {
        var list = bytes.ToList();
        for (var i = random.Next(3); i >= 0 && list.Count > 0; i--)
        {
            var at = random.Next(list.Count);
            switch (random.Next(4))
            {
                case 0:
                    list[at] = random.Next(2) == 0 ? (byte)random.Next(256) : "\r\n :;\t\0,0"u8[random.Next(9)];
                    break;
                case 1:
                    list.RemoveAt(at);
                    break;
                case 2:
                    list.Insert(at, list[at]);
                    break;
                default:
                    list.InsertRange(at, list.GetRange(at, Math.Min(list.Count - at, random.Next(30))));
                    break;
            }
        }

        return [.. list];
    }
}
