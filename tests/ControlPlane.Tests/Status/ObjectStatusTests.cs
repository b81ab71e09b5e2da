using System.Text;
using System.Text.Json.Nodes;
using Mesh.ControlPlane.Status;

namespace Mesh.ControlPlane.Tests.Status;

/// <summary>What is made of the status that stands there, whoever wrote it.</summary>
public sealed class ObjectStatusTests
{
    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"conditions":{}}""")]
    [InlineData("""{"conditions":[7,null,[],"x",{"type":3},{"type":"Accepted","status":true,"observedGeneration":"1"}]}""")]
    [InlineData("""{"conditions":[],"conditions":[]}""")]
    [InlineData("""{"conditions":[{"type":"Accepted","type":"Accepted"}]}""")]
    public void Whatever_others_wrote_the_conditions_are_there_afterwards_and_then_nothing_is_written_again(string status)
    {
        if (Next(status) is not { } change)
        {
            throw new InvalidOperationException("nothing was to be written");
        }

        var written = change.Status.ToJsonString();
        Assert.Equal(
            ["Accepted", "PassedAnalysis", "Programmed"],
            JsonNode.Parse(written)!["conditions"]!
                .AsArray()
                .Where(item => item is JsonObject && item["type"]!.GetValueKind() == System.Text.Json.JsonValueKind.String)
                .Select(item => (string?)item!["type"])
        );
        Assert.Null(Next(written));
    }

    [Fact]
    public void A_status_that_others_nest_deeply_is_kept()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 500)) + string.Concat(Enumerable.Repeat("]", 500));
        var change = Next($"{{\"theirs\":{deep}}}")!;
        Assert.NotNull(change.Status["theirs"]);
        Assert.Null(Next(change.Status.ToJsonString()));
    }

    private static StatusChange? Next(string status) =>
        ObjectStatus.Next(Encoding.UTF8.GetBytes(status), 1, [], isInForce: true, new Programmed(2, 2), DateTimeOffset.UnixEpoch);
}
