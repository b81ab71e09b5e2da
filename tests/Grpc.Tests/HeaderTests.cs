namespace Mesh.Grpc.Tests;

public sealed class HeaderTests
{
    [Theory]
    [InlineData("plain text, ~ and !", "plain text, ~ and !")]
    [InlineData("100%", "100%25")]
    [InlineData("a\r\nb", "a%0D%0Ab")]
    [InlineData("größer 漢 🙂", "gr%C3%B6%C3%9Fer %E6%BC%A2 %F0%9F%99%82")]
    [InlineData("", "")]
    public void A_message_travels_percent_encoded_and_comes_back(string text, string wire)
    {
        Assert.Equal(wire, GrpcPercentEncoding.Encode(text));
        Assert.Equal(text, GrpcPercentEncoding.Decode(wire));
    }

    [Theory]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("%zz%41", "%zzA")]
    [InlineData("%ff", "\uFFFD")]
    [InlineData("ö%41", "öA")]
    public void A_message_that_is_badly_encoded_is_read_as_far_as_it_goes(string wire, string text) =>
        Assert.Equal(text, GrpcPercentEncoding.Decode(wire));

    [Fact]
    public void Random_text_survives_percent_encoding()
    {
        var random = new Random(3);
        for (var round = 0; round < 2_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => (char)random.Next(1, 0xD7FF)));
            var wire = GrpcPercentEncoding.Encode(text);
            Assert.False(wire.AsSpan().ContainsAnyExceptInRange(' ', '~'));
            Assert.Equal(text, GrpcPercentEncoding.Decode(wire));
        }
    }

    [Theory]
    [InlineData(1, "1u")]
    [InlineData(10, "1u")]
    [InlineData(11, "2u")]
    [InlineData(TimeSpan.TicksPerSecond, "1000000u")]
    [InlineData(TimeSpan.TicksPerSecond * 100, "100000m")]
    [InlineData(TimeSpan.TicksPerDay * 30, "2592000S")]
    [InlineData(long.MaxValue, "99999999H")]
    [InlineData(-5, "1u")]
    public void A_timeout_is_rounded_up_to_eight_digits(long ticks, string wire)
    {
        // The largest time a TimeSpan holds has 256204778 hours: the format ends before it.
        Assert.Equal(wire, GrpcTimeout.Format(TimeSpan.FromTicks(ticks)));
        Assert.True(GrpcTimeout.TryParse(wire, out _));
    }

    [Theory]
    [InlineData("1n", 1)]
    [InlineData("1500m", 15_000_000)]
    [InlineData("2S", 20_000_000)]
    [InlineData("1M", 600_000_000)]
    [InlineData("99999999H", 99_999_999 * TimeSpan.TicksPerHour)]
    public void A_timeout_is_read_in_every_unit(string wire, long ticks)
    {
        Assert.True(GrpcTimeout.TryParse(wire, out var timeout));
        Assert.Equal(ticks, timeout.Ticks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("1")]
    [InlineData("1s")]
    [InlineData("-1S")]
    [InlineData("+1S")]
    [InlineData(" 1S")]
    [InlineData("123456789S")]
    [InlineData("1.5S")]
    public void What_is_no_timeout_is_refused(string wire) => Assert.False(GrpcTimeout.TryParse(wire, out _));

    [Fact]
    public void Metadata_refuses_names_and_values_that_cannot_be_sent()
    {
        var metadata = new GrpcMetadata();
        Assert.Throws<ArgumentException>(() => metadata.Add("with space", "v"));
        Assert.Throws<ArgumentException>(() => metadata.Add("", "v"));
        Assert.Throws<ArgumentException>(() => metadata.Add(":path", "v"));
        Assert.Throws<ArgumentException>(() => metadata.Add("grpc-status", "0"));
        Assert.Throws<ArgumentException>(() => metadata.Add("Content-Type", "text/plain"));
        Assert.Throws<ArgumentException>(() => metadata.Add("x", "line\nbreak"));
        Assert.Throws<ArgumentException>(() => metadata.Add("x", "größer"));
        Assert.Throws<ArgumentException>(() => metadata.Add("x-bin", "text"));
        Assert.Throws<ArgumentException>(() => metadata.Add("x", [1, 2]));
        Assert.Empty(metadata);
    }

    [Fact]
    public void Metadata_keeps_order_and_repeated_names_and_ignores_case_of_names()
    {
        var metadata = new GrpcMetadata().Add("X-B", "1").Add("a", "2").Add("x-b", "3");
        Assert.Equal(["x-b: 1", "a: 2", "x-b: 3"], metadata.Select(e => e.ToString()));
        Assert.Equal("1", metadata.GetText("X-b"));
        Assert.Equal(["1", "3"], metadata.GetAll("x-B").Select(e => e.Text));
        Assert.Null(metadata.GetText("none"));
    }

    [Fact]
    public void Received_binary_metadata_may_be_padded_or_not_and_joined_by_commas()
    {
        var metadata = new GrpcMetadata();
        metadata.AddReceived("x-bin", "AQ==,AQI, AQID");
        Assert.Equal(
            [
                [1],
                [1, 2],
                [1, 2, 3],
            ],
            metadata.Select(e => e.Bytes.ToArray())
        );
    }

    [Theory]
    [InlineData("?")]
    [InlineData("A")]
    [InlineData("AQ=Q")]
    public void Received_binary_metadata_that_is_not_base64_is_INTERNAL(string value)
    {
        var e = Assert.Throws<GrpcException>(() => new GrpcMetadata().AddReceived("x-bin", value));
        Assert.Equal(GrpcStatusCode.Internal, e.Status.Code);
    }

    [Theory]
    [InlineData("mesh.test.Echo/Unary")]
    [InlineData("/Unary")]
    [InlineData("/mesh.test.Echo/")]
    [InlineData("//Unary")]
    public void A_method_needs_a_full_path(string path)
    {
        var parser = EchoService.Unary.RequestParser;
        Assert.Throws<ArgumentException>(() =>
            new GrpcMethod<Google.Protobuf.WellKnownTypes.BytesValue, Google.Protobuf.WellKnownTypes.BytesValue>(path, parser, parser)
        );
    }

    [Theory]
    [InlineData("application/grpc", true)]
    [InlineData("application/grpc+proto", true)]
    [InlineData("Application/GRPC ; charset=utf-8", true)]
    [InlineData("application/grpc+json", false)]
    [InlineData("application/grpc-web", false)]
    [InlineData("application/json", false)]
    [InlineData(null, false)]
    public void Only_protobuf_over_gRPC_is_taken(string? contentType, bool taken) =>
        Assert.Equal(taken, GrpcWireHeaders.IsGrpc(contentType));
}
