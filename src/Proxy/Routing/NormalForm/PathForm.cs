namespace Mesh.Proxy.Routing.NormalForm;

/// <summary>What is done to every path before anything reads it. Istio's levels are NONE, BASE = <see cref="Normalize"/>, and so on, each with those before.</summary>
[Flags]
internal enum PathForm : byte
{
    AsReceived = 0,

    /// <summary>RFC 3986 section 6.2.2: no dot segments, no escapes of unreserved bytes; a backslash is a slash (Envoy, normalize_path).</summary>
    Normalize = 1,

    /// <summary>No two slashes in a row (Envoy, merge_slashes).</summary>
    MergeSlashes = 2,

    /// <summary><c>%2F</c> and <c>%5C</c> are slashes (Envoy, UNESCAPE_AND_FORWARD).</summary>
    DecodeSlashes = 4,

    /// <summary>A path with <c>%2F</c> or <c>%5C</c> is refused (Envoy, REJECT_REQUEST).</summary>
    RefuseEscapedSlashes = 8,
}
