using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests.Routing;

public sealed class RequestHeadPropertyTests
{
    [Fact]
    public void What_is_filled_in_is_read_back()
    {
        var bytes = ArbMap.Default.GeneratorFor<byte[]>();
        var requests =
            from authority in bytes
            from target in bytes
            from headers in bytes.Zip(bytes, (name, value) => (name, value)).ListOf()
            select (authority, target, headers);
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(1000).WithReplay(20261122UL, 3UL),
            Prop.ForAll(requests.ToArbitrary(), request => ReadsBack(request.authority, request.target, request.headers))
        );
    }

    [Fact]
    public void Bytes_and_latin1_text_fill_the_same_head()
    {
        var random = new Random(11);
        var fromBytes = new RequestHead();
        var fromText = new RequestHead();
        for (var i = 0; i < 2000; i++)
        {
            var authority = Noise(random);
            var target = Noise(random);
            var name = Noise(random);
            var value = Noise(random);

            fromBytes.Begin(HttpVersionKind.Http11, "GET"u8, "http"u8, authority, target);
            fromBytes.AddHeader(name, value);
            fromText.Begin(HttpVersionKind.Http11, "GET", "http", Latin1(authority), Latin1(target));
            fromText.AddHeader(Latin1(name), Latin1(value));

            Assert.Equal(fromBytes.Authority, fromText.Authority);
            Assert.Equal(fromBytes.Path, fromText.Path);
            Assert.Equal(fromBytes.Query, fromText.Query);
            Assert.Equal(fromBytes.HeaderName(0), fromText.HeaderName(0));
            Assert.Equal(fromBytes.HeaderValue(0), fromText.HeaderValue(0));
        }
    }

    [Fact]
    public void No_bytes_make_a_head_or_its_readers_throw()
    {
        var random = new Random(12);
        var head = new RequestHead();
        var conditions = TestRoutes.When(
            new QueryCondition("a", ValueMatch.Exact("b")),
            new HeaderCondition("cookie", ValueMatch.Range(0, 5), invert: true, treatMissingAsEmpty: true)
        );
        var buffer = new byte[4096];
        for (var i = 0; i < 20_000; i++)
        {
            Assert.True(head.Begin(HttpVersionKind.Http11, Noise(random), Noise(random), Noise(random), Noise(random)));
            for (var j = random.Next(5); j > 0; j--)
            {
                Assert.True(head.AddHeader(random.Next(3) == 0 ? "cookie"u8 : Noise(random), Noise(random)));
                head.TryGet(KnownHeader.Cookie, out _);
            }

            head.TryGet(Noise(random), out _);
            conditions.Match(head);
            Assert.True(
                RedirectLocation.TryWrite(
                    head,
                    new RuleAction.Redirect { PrefixRewrite = "/x" },
                    RouteConditions.Any,
                    buffer,
                    out var written
                )
            );
            Assert.True(written >= "://".Length);
            Assert.True(PathRewrite.Matched("/x").TryWrite(head, RouteConditions.Any, buffer, out _));
            Assert.True(!GrpcTimeout.TryParse(Noise(random), out var timeout) || timeout >= TimeSpan.Zero);
        }
    }

    private static bool ReadsBack(byte[] authority, byte[] target, List<(byte[] name, byte[] value)> headers)
    {
        var head = new RequestHead();
        var filled = head.Begin(HttpVersionKind.Http2, "PUT"u8, "https"u8, authority, target);
        foreach (var (name, value) in headers)
        {
            filled &= head.AddHeader(name, value);
        }

        var same = filled && head.Target.SequenceEqual(target) && head.Method.SequenceEqual("PUT"u8) && head.HeaderCount == headers.Count;
        for (var i = 0; i < headers.Count; i++)
        {
            var lower = Encoding.Latin1.GetBytes(
                string.Concat(Latin1(headers[i].name).Select(c => char.IsAsciiLetterUpper(c) ? char.ToLowerInvariant(c) : c))
            );
            same &= head.HeaderName(i).SequenceEqual(lower) && head.HeaderValue(i).SequenceEqual(headers[i].value);
        }

        return same;
    }

    // Bytes that mean something to the parts are likelier than others.
    private static byte[] Noise(Random random)
    {
        const string Telling = "/?#:&=.[]*%;, http://AZaz09\r\n\0\u00ff";
        var bytes = new byte[random.Next(24)];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)Telling[random.Next(Telling.Length)];
        }

        return bytes;
    }

    private static string Latin1(byte[] bytes) => Encoding.Latin1.GetString(bytes);
}
