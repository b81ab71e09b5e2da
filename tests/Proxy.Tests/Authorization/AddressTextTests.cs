using System.Buffers.Binary;
using System.Net;
using System.Text;
using Mesh.Proxy.Security.Authorization;

namespace Mesh.Proxy.Tests.Authorization;

/// <summary>Addresses as proxies write them into X-Forwarded-For, and texts that other readers take for one.</summary>
public sealed class AddressTextTests
{
    [Fact]
    public void Every_address_that_can_be_written_is_read()
    {
        var random = new Random(11);
        var bytes = new byte[16];
        for (var i = 0; i < 5000; i++)
        {
            random.NextBytes(bytes);
            // Gaps at every place, and addresses of IPv4 inside.
            var from = random.Next(0, 17);
            bytes.AsSpan(from, random.Next(0, 17 - from)).Clear();
            if (random.Next(5) == 0)
            {
                bytes.AsSpan(0, 10).Clear();
                bytes.AsSpan(10, 2).Fill(random.Next(2) == 0 ? (byte)0 : (byte)0xFF);
            }

            var address = new IPAddress(bytes);
            AssertReads(address.ToString(), BinaryPrimitives.ReadUInt128BigEndian(bytes));
            AssertReads(address.ToString().ToUpperInvariant(), BinaryPrimitives.ReadUInt128BigEndian(bytes));
            var four = new IPAddress(bytes.AsSpan(0, 4));
            AssertReads(four.ToString(), ((UInt128)0xFFFF << 32) | BinaryPrimitives.ReadUInt32BigEndian(bytes));
        }
    }

    [Theory]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("1::")]
    [InlineData("1:2:3:4:5:6:7::")]
    [InlineData("::2:3:4:5:6:7:8")]
    [InlineData("1:2:3:4:5:6:1.2.3.4")]
    [InlineData("64:ff9b::1.2.3.4")]
    [InlineData("0001:02::00ab")]
    public void Every_form_of_IPv6_is_read(string text)
    {
        Span<byte> bytes = stackalloc byte[16];
        Assert.True(IPAddress.Parse(text).TryWriteBytes(bytes, out _));
        AssertReads(text, BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1.2.3.")]
    [InlineData("010.0.0.1")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("256.0.0.1")]
    [InlineData("1.2.3.4:80")]
    [InlineData("[::1]")]
    [InlineData("[::1]:80")]
    [InlineData("fe80::1%eth0")]
    [InlineData(":::")]
    [InlineData(":1")]
    [InlineData("1:")]
    [InlineData("::1::")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1:2:3:4::5:6:7:8")]
    [InlineData("12345::")]
    [InlineData("::g")]
    [InlineData("::1.2.3")]
    [InlineData("1.2.3.4::")]
    [InlineData("1:2:3:4:5:6:7:1.2.3.4")]
    [InlineData("127.0.0.1 ")]
    public void Nothing_else_is(string text) => Assert.False(AddressText.TryParse(Encoding.ASCII.GetBytes(text), out _));

    private static void AssertReads(string text, UInt128 expected)
    {
        Assert.True(AddressText.TryParse(Encoding.ASCII.GetBytes(text), out var value), text);
        Assert.Equal(expected, value);
    }
}
