namespace Mesh.Cli.Tests.Seams.Differential;

/// <summary>A string match as a user writes it; <c>present</c> is <c>{}</c>.</summary>
internal sealed record GivenText(string Kind, string Value)
{
    public Dictionary<string, string> Written => Kind == "present" ? [] : new() { [Kind] = Value };
}
