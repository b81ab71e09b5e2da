namespace Mesh.Config.Specs;

/// <summary>One comparison of a text: exact, prefix, RE2 expression, or mere presence.</summary>
/// <param name="Kind">How to compare.</param>
/// <param name="Value">What to compare with; empty for <see cref="StringMatchKind.Present"/>.</param>
public sealed record StringMatchSpec(StringMatchKind Kind, string Value)
{
    /// <summary>The header or parameter is there, whatever its value.</summary>
    public static StringMatchSpec Present { get; } = new(StringMatchKind.Present, "");

    /// <summary>The whole value is equal.</summary>
    public static StringMatchSpec Exact(string value) => new(StringMatchKind.Exact, value);

    /// <summary>The value starts with the text.</summary>
    public static StringMatchSpec Prefix(string value) => new(StringMatchKind.Prefix, value);

    /// <summary>The whole value matches the RE2 expression.</summary>
    public static StringMatchSpec Regex(string value) => new(StringMatchKind.Regex, value);
}
