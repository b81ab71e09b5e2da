namespace Mesh.Proxy.Routing;

/// <summary>How a <see cref="PathCondition"/> compares.</summary>
internal enum PathMatchKind : byte
{
    Exact,

    /// <summary>A plain string prefix: <c>/foo</c> takes <c>/foobar</c>.</summary>
    Prefix,

    /// <summary>A prefix that ends where a segment ends: <c>/foo</c> takes <c>/foo</c> and <c>/foo/bar</c>, not <c>/foobar</c>.</summary>
    SeparatedPrefix,

    /// <summary>A full match over the path without query.</summary>
    Regex,
}
