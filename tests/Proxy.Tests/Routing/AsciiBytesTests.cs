using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests.Routing;

public sealed class AsciiBytesTests
{
    [Fact]
    public void Every_byte_at_every_place_is_lowered_as_ascii_and_no_other_changes()
    {
        for (var length = 1; length <= 20; length++)
        {
            for (var value = 0; value < 256; value++)
            {
                for (var at = 0; at < length; at++)
                {
                    var bytes = new byte[length];
                    Array.Fill(bytes, (byte)0xC5);
                    bytes[at] = (byte)value;
                    var expected = (byte[])bytes.Clone();
                    expected[at] = (byte)(value is >= 'A' and <= 'Z' ? value + 32 : value);

                    AsciiBytes.Lower(bytes);

                    Assert.Equal(expected, bytes);
                }
            }
        }
    }

    [Fact]
    public void Comparing_without_case_is_ascii_only()
    {
        Assert.True(AsciiBytes.StartsWithIgnoreCase("REVIEWS-1"u8, "reviews"u8));
        Assert.False(AsciiBytes.StartsWithIgnoreCase("REVIEW"u8, "reviews"u8));
        Assert.True(AsciiBytes.ContainsIgnoreCase("aREVIEWSb"u8, "reviews"u8));
        Assert.False(AsciiBytes.ContainsIgnoreCase("review"u8, "reviews"u8));
        Assert.False(AsciiBytes.StartsWithIgnoreCase("@["u8, "`{"u8));
    }
}
