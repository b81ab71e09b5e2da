using System.Text.Json.Nodes;
using Mesh.Injector.Files;
using Mesh.Injector.Reading;

namespace Mesh.Injector.Tests;

public sealed class YamlTests
{
    [Theory]
    [InlineData("yes")]
    [InlineData("y")]
    [InlineData("null")]
    [InlineData("~")]
    [InlineData("1.0")]
    [InlineData("0x1F")]
    [InlineData("0o17")]
    [InlineData("1_000")]
    [InlineData("12:30:45")]
    [InlineData("2001-01-01")]
    [InlineData("")]
    [InlineData(" a ")]
    [InlineData("- a")]
    [InlineData("a: b")]
    [InlineData("# a")]
    [InlineData("*a")]
    [InlineData("two\nlines\n")]
    [InlineData("tab\tand \u0001")]
    [InlineData("{\"a\":1}")]
    [InlineData("---")]
    [InlineData("ünïcode")]
    public void A_text_stays_the_text_that_it_is(string text)
    {
        var value = new JsonObject { ["a"] = text, [text.Length == 0 ? "empty" : text] = new JsonArray(text) };
        Assert.True(JsonNode.DeepEquals(value, YamlJson.Parse(YamlText.Of(value))), YamlText.Of(value));
    }

    [Theory]
    [InlineData("a: 0644", """{"a":420}""")]
    [InlineData("a: 0x10", """{"a":16}""")]
    [InlineData("a: 1.5", """{"a":1.5}""")]
    [InlineData("a: yes", """{"a":true}""")]
    [InlineData("a: ~", """{"a":null}""")]
    [InlineData("a: &x [1]\nb: *x", """{"a":[1],"b":[1]}""")]
    public void Scalars_are_what_kubectl_takes_them_for(string yaml, string json) =>
        Assert.Equal(json, YamlJson.Parse(yaml)!.ToJsonString());
}
