namespace Mesh.Config.Specs;

/// <summary>How a StringMatchSpec compares.</summary>
public enum StringMatchKind
{
    /// <summary>The whole value is equal.</summary>
    Exact,

    /// <summary>The value starts with the text; plain string prefix, `/foo` matches `/foobar`.</summary>
    Prefix,

    /// <summary>The whole value matches the RE2 expression.</summary>
    Regex,

    /// <summary>The header or parameter is there, whatever its value.</summary>
    Present,
}
