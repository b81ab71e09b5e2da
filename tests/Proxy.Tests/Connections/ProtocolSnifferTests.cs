using System.Text;
using Mesh.Proxy.Connections;

namespace Mesh.Proxy.Tests.Connections;

public sealed class ProtocolSnifferTests
{
    [Theory]
    [InlineData("GET / HTTP/1.1\r\n", SniffedProtocol.Http1)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", SniffedProtocol.Http2)]
    [InlineData("POST http://reviews:9080/ HTTP/1.1\r\n", SniffedProtocol.Http1)]
    [InlineData("OPTIONS * HTTP/1.1\r\n", SniffedProtocol.Http1)]
    [InlineData("CONNECT reviews:443 HTTP/1.1\r\n", SniffedProtocol.Http1)]
    [InlineData("\r\nGET / HTTP/1.1\r\n", SniffedProtocol.Http1)]
    [InlineData("\r\n\r\n\n\rGET / HTTP/1.1\r\n", SniffedProtocol.Http1)]
    [InlineData("\nGET / HTTP/1.1\r\n", SniffedProtocol.Http1)]
    [InlineData("\r\n\r\n\r\n\r\n\r\n\r\n", SniffedProtocol.Http1)]
    [InlineData("\r\n\r\nEHLO example.org\r\n", SniffedProtocol.Tcp)]
    [InlineData("\r\n\r\n", SniffedProtocol.Undecided)]
    [InlineData("M-SEARCH /x HTTP/1.1\r\n", SniffedProtocol.Http1)]
    [InlineData("GET key\r\n", SniffedProtocol.Tcp)]
    [InlineData("EHLO example.org\r\n", SniffedProtocol.Tcp)]
    [InlineData("*1\r\n$4\r\nPING\r\n", SniffedProtocol.Tcp)]
    [InlineData("\u0016\u0003\u0001", SniffedProtocol.Tcp)]
    [InlineData("get / HTTP/1.1\r\n", SniffedProtocol.Tcp)]
    [InlineData("PRI * HTTP/2.1\r\n", SniffedProtocol.Http1)]
    [InlineData("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJ", SniffedProtocol.Tcp)]
    [InlineData("", SniffedProtocol.Undecided)]
    [InlineData("GET", SniffedProtocol.Undecided)]
    [InlineData("GET ", SniffedProtocol.Undecided)]
    [InlineData("GET htt", SniffedProtocol.Undecided)]
    [InlineData("PRI * HTTP/2.0\r", SniffedProtocol.Undecided)]
    internal void The_first_bytes_tell_the_protocol(string bytes, SniffedProtocol expected) =>
        Assert.Equal(expected, ProtocolSniffer.Sniff(Encoding.Latin1.GetBytes(bytes)));

    [Theory]
    [InlineData("PRI * HTTP/2.0\r\n\r\n", SniffedProtocol.Http2)]
    [InlineData("\u0000garbage", SniffedProtocol.Http1)]
    [InlineData("PRI * H", SniffedProtocol.Undecided)]
    internal void Where_only_HTTP_is_spoken_all_but_the_preface_is_HTTP1(string bytes, SniffedProtocol expected) =>
        Assert.Equal(expected, ProtocolSniffer.SniffHttp(Encoding.Latin1.GetBytes(bytes)));

    [Fact]
    public void Every_byte_sequence_is_decided_within_the_bound_and_never_changes_its_answer()
    {
        var random = new Random(20);
        var alphabet = "GETPRI */.HTP20\r\nabch:-_\u0000\u00ff"u8.ToArray();
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = new byte[ProtocolSniffer.MaxBytes];
            for (var i = 0; i < bytes.Length; i++)
            {
                bytes[i] = alphabet[random.Next(alphabet.Length)];
            }

            var decided = SniffedProtocol.Undecided;
            for (var length = 0; length <= bytes.Length; length++)
            {
                var now = ProtocolSniffer.Sniff(bytes.AsSpan(0, length));
                Assert.True(decided == SniffedProtocol.Undecided || decided == now);
                decided = now;
            }

            Assert.NotEqual(SniffedProtocol.Undecided, decided);
        }
    }
}
