namespace Mesh.Proxy.Routing;

/// <summary>How a <see cref="ValueMatch"/> compares.</summary>
internal enum ValueMatchKind : byte
{
    Present,
    Exact,
    Prefix,
    Suffix,
    Contains,
    Regex,

    /// <summary>A decimal integer in a half-open range.</summary>
    Range,
}
