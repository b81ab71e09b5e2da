using Mesh.Text;

namespace Mesh.Config.Tests;

public sealed class FormatSyntaxTests
{
    [Fact]
    public void Text_and_operators_are_told_apart()
    {
        Assert.True(FormatSyntax.TryParse("100%% of %REQ(:PATH?X-Old):20%/%PROTOCOL%%%", out var parts, out _));

        Assert.Equal(
            [
                new(FormatOperator.Literal, "100% of "),
                new(FormatOperator.RequestHeader, ":path", "x-old", 20),
                new(FormatOperator.Literal, "/"),
                new(FormatOperator.Protocol),
                new FormatPart(FormatOperator.Literal, "%"),
            ],
            parts.AsEnumerable()
        );
    }

    [Fact]
    public void A_times_format_keeps_its_per_cent_signs()
    {
        Assert.True(FormatSyntax.TryParse("%START_TIME(%Y-%m-%dT%T.%3f)%", out var parts, out _));

        Assert.Equal([new FormatPart(FormatOperator.StartTime, "%Y-%m-%dT%T.%3f")], parts.AsEnumerable());
    }

    [Theory]
    [InlineData("50%", "has at position 3 a per cent sign that begins no operator")]
    [InlineData("a %b% c", "has at position 3 a per cent sign that begins no operator")]
    [InlineData("%REQ(x)", "has at position 1 a per cent sign that begins no operator")]
    [InlineData("%REQ(x):a%", "has at position 1 a per cent sign that begins no operator")]
    [InlineData("%REQ(x):99999999999%", "has at position 1 a per cent sign that begins no operator")]
    [InlineData("ab%DYNAMIC_METADATA(a:b)%", "has at position 3 the operator %DYNAMIC_METADATA%, which this proxy does not know")]
    [InlineData("%REQ%", "has at position 1 the operator %REQ%, which needs a header's name")]
    [InlineData("%RESP(a b)%", "has at position 1 the operator %RESP%, which cannot read 'a b'")]
    [InlineData("%REQ(a?b?c)%", "has at position 1 the operator %REQ%, which cannot read 'a?b?c'")]
    [InlineData("%PROTOCOL(x)%", "has at position 1 the operator %PROTOCOL%, which takes neither")]
    [InlineData("%HOSTNAME:3%", "has at position 1 the operator %HOSTNAME%, which takes neither")]
    [InlineData("%QUERY_PARAM()%", "has at position 1 the operator %QUERY_PARAM%, which needs a parameter's name")]
    [InlineData("%START_TIME(%Q)%", "has at position 1 the operator %START_TIME%, which cannot read the time format '%Q'")]
    [InlineData("%START_TIME(%3)%", "has at position 1 the operator %START_TIME%, which cannot read the time format '%3'")]
    public void What_is_no_format_is_said_with_its_position(string text, string problem)
    {
        Assert.False(FormatSyntax.TryParse(text, out _, out var error));
        Assert.StartsWith(problem, error, StringComparison.Ordinal);
    }

    [Fact]
    public void No_text_is_too_odd_to_be_read()
    {
        var random = new Random(7);
        const string Letters = "%%%%(?:)RQE_1fSTA M";
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(24)).Select(_ => Letters[random.Next(Letters.Length)]));
            var read = FormatSyntax.TryParse(text, out var parts, out var error);
            Assert.Equal(read, error.Length == 0);
            Assert.True(read || parts.IsEmpty);
        }
    }
}
