using System.Net.Security;
using System.Text;
using Mesh.Proxy.Connections;

namespace Mesh.Proxy.Tests.Connections;

public sealed class ClientHelloParserTests
{
    [Theory]
    [InlineData("bank.example", "bank.example")]
    [InlineData("Bank.EXAMPLE.", "bank.example")]
    public void The_server_name_is_found_in_lower_case(string written, string found) =>
        Assert.Equal(new ClientHello(ClientHelloStatus.Complete, found), ClientHelloParser.Parse(Hello(written)));

    [Fact]
    public void A_hello_without_a_name_is_TLS_all_the_same() =>
        Assert.Equal(new ClientHello(ClientHelloStatus.Complete), ClientHelloParser.Parse(Hello(null)));

    [Fact]
    public void Every_beginning_is_undecided_and_what_comes_after_does_not_matter()
    {
        var hello = Hello("bank.example");
        for (var length = 0; length < hello.Length; length++)
        {
            Assert.Equal(ClientHelloStatus.Incomplete, ClientHelloParser.Parse(hello.AsSpan(0, length)).Status);
        }

        Assert.Equal("bank.example", ClientHelloParser.Parse([.. hello, 1, 2, 3]).ServerName);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(40)]
    public void A_hello_cut_into_records_is_put_together(int bytes)
    {
        var cut = Records(Message("bank.example"), bytes);
        Assert.Equal("bank.example", ClientHelloParser.Parse(cut).ServerName);
        Assert.Equal(ClientHelloStatus.Incomplete, ClientHelloParser.Parse(cut.AsSpan(0, cut.Length - 1)).Status);
    }

    [Fact]
    public void Protocols_are_read_in_their_order_and_what_nobody_knows_is_passed_over()
    {
        // RFC 8701: ciphers, extensions and protocols that mean nothing.
        byte[] grease = [0x0A, 0x0A, 0, 2, 1, 2];
        var hello = HelloWith([.. grease, .. Alpn([0x1A, 0x1A], [.. "istio-http/1.1"u8], [.. "istio"u8]), 0xFA, 0xFA, 0, 0]);
        var read = ClientHelloParser.Parse(hello);
        Assert.Equal(ClientHelloStatus.Complete, read.Status);
        Assert.Null(read.ServerName);
        Assert.Equal(["\u001a\u001a", "istio-http/1.1", "istio"], read.Protocols.ToArray());
    }

    [Fact]
    public void Of_two_lists_of_protocols_the_first_counts_and_of_a_long_one_the_beginning()
    {
        Assert.Equal(["istio"], ClientHelloParser.Parse(HelloWith([.. Alpn([.. "istio"u8]), .. Alpn([.. "h2"u8])])).Protocols.ToArray());
        byte[] many = [.. Enumerable.Repeat((byte[])[1, (byte)'a'], 500).SelectMany(name => name)];
        var read = ClientHelloParser.Parse(HelloWith([0, 16, .. Two(many.Length + 2), .. Two(many.Length), .. many]));
        Assert.Equal(32, read.Protocols.Length);
    }

    [Theory]
    [InlineData(new byte[] { 0, 16, 0, 0 })]
    [InlineData(new byte[] { 0, 16, 0, 2, 0, 0 })]
    [InlineData(new byte[] { 0, 16, 0, 3, 0, 1, 9 })]
    [InlineData(new byte[] { 0, 16, 0, 4, 0, 9, 1, 65 })]
    public void A_broken_list_of_protocols_offers_nothing(byte[] extension)
    {
        var read = ClientHelloParser.Parse(HelloWith(extension));
        Assert.Equal(ClientHelloStatus.Complete, read.Status);
        Assert.True(read.Protocols.IsDefaultOrEmpty);
    }

    [Fact]
    public async Task The_hello_of_a_real_client_is_read()
    {
        using var wire = new MemoryStream();
        await using var tls = new SslStream(new WriteOnly(wire));
        await Assert.ThrowsAnyAsync<IOException>(() =>
            tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = "real.example", ApplicationProtocols = [SslApplicationProtocol.Http2] }
            )
        );
        var read = ClientHelloParser.Parse(wire.ToArray());
        Assert.Equal("real.example", read.ServerName);
        Assert.Equal(["h2"], read.Protocols.ToArray());
    }

    public static TheoryData<string, byte[]> NotTls =>
        new()
        {
            { "HTTP", "GET / HTTP/1.1\r\n"u8.ToArray() },
            { "SSH", "SSH-2.0-x\r\n"u8.ToArray() },
            { "HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray() },
            { "another record", [23, 3, 3, 0, 1, 0] },
            { "an empty record", [22, 3, 3, 0, 0] },
            { "a record that is too long", [22, 3, 3, 0x40, 1] },
            { "another message", [22, 3, 3, 0, 4, 2, 0, 0, 0] },
            { "SSL 2", [0x80, 0x2e, 1, 3, 1] },
        };

    [Theory]
    [MemberData(nameof(NotTls))]
    public void Other_protocols_are_told_apart_at_once(string what, byte[] start) =>
        Assert.True(ClientHelloParser.Parse(start).Status == ClientHelloStatus.NotTls, what);

    [Fact]
    public void Who_never_comes_to_an_end_is_given_up()
    {
        byte[] endless = Records([1, 0, 0xFF, 0xFF, .. new byte[40_000]], 4000);
        Assert.Equal(ClientHelloStatus.Incomplete, ClientHelloParser.Parse(endless.AsSpan(0, 9000)).Status);
        Assert.Equal(ClientHelloStatus.TooLarge, ClientHelloParser.Parse(endless.AsSpan(0, ClientHelloParser.MaxBytes)).Status);
        Assert.Equal(ClientHelloStatus.TooLarge, ClientHelloParser.Parse(endless).Status);
    }

    [Theory]
    [InlineData("with space")]
    [InlineData("with\0zero")]
    [InlineData("ümlaut.example")]
    [InlineData("")]
    public void What_cannot_be_a_name_is_none(string name) =>
        Assert.Equal(new ClientHello(ClientHelloStatus.Complete), ClientHelloParser.Parse(Hello(name)));

    [Fact]
    public void No_bytes_make_it_throw_or_read_a_name_that_is_not_there()
    {
        var random = new Random(20261121);
        var sound = Hello("bank.example");
        for (var round = 0; round < 200_000; round++)
        {
            var bytes = (byte[])sound.Clone();
            for (var flips = random.Next(1, 6); flips > 0; flips--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            var hello = ClientHelloParser.Parse(bytes.AsSpan(0, random.Next(bytes.Length + 1)));
            if (hello.ServerName is { } name)
            {
                Assert.Equal(ClientHelloStatus.Complete, hello.Status);
                Assert.InRange(name.Length, 0, 255);
                Assert.DoesNotContain(name, c => c is <= ' ' or > '~' or (>= 'A' and <= 'Z'));
            }
        }
    }

    [Fact]
    public void Noise_behind_a_handshake_header_does_not_make_it_throw()
    {
        var random = new Random(7);
        var bytes = new byte[512];
        for (var round = 0; round < 100_000; round++)
        {
            random.NextBytes(bytes);
            (bytes[0], bytes[1], bytes[2], bytes[3], bytes[4]) = (22, 3, 1, (byte)random.Next(3), (byte)random.Next(256));
            (bytes[5], bytes[6], bytes[7]) = (1, 0, (byte)random.Next(2));
            ClientHelloParser.Parse(bytes.AsSpan(0, random.Next(bytes.Length + 1)));
        }
    }

    internal static byte[] Hello(string? name) => Records(Message(name), 16 * 1024);

    internal static byte[] Records(byte[] message, int bytes) =>
        [.. message.Chunk(bytes).SelectMany(piece => (byte[])[22, 3, 1, .. Two(piece.Length), .. piece])];

    private static byte[] HelloWith(byte[] extensions) => Records(MessageWith(extensions), 16 * 1024);

    private static byte[] Alpn(params ReadOnlySpan<byte[]> names)
    {
        byte[] list = [];
        foreach (var name in names)
        {
            list = name.Length == 0 ? list : [.. list, (byte)name.Length, .. name];
        }

        return [0, 16, .. Two(list.Length + 2), .. Two(list.Length), .. list];
    }

    private static byte[] Message(string? name)
    {
        var host = Encoding.UTF8.GetBytes(name ?? "");
        byte[] names = [0, .. Two(host.Length), .. host];
        byte[] serverName = name is null ? [] : [0, 0, .. Two(names.Length + 2), .. Two(names.Length), .. names];
        return MessageWith([0, 43, 0, 3, 2, 3, 4, .. serverName]);
    }

    private static byte[] MessageWith(byte[] extensions)
    {
        byte[] body =
        [
            3,
            3,
            .. new byte[32],
            4,
            1,
            2,
            3,
            4, // session id
            0,
            2,
            0x13,
            1, // cipher suites
            1,
            0, // compression
            .. Two(extensions.Length),
            .. extensions,
        ];
        return [1, 0, .. Two(body.Length), .. body];
    }

    private static byte[] Two(int value) => [(byte)(value >> 8), (byte)value];

    /// <summary>Takes what a client says, and has nothing to answer.</summary>
    private sealed class WriteOnly(Stream inner) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => 0;

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }
}
