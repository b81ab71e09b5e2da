namespace Mesh.ControlPlane.Model;

/// <summary>How paths are brought to one form before routes and policies read them (Istio, pathNormalization); each level with those before it.</summary>
internal enum PathNormalization
{
    /// <summary>As received.</summary>
    None,

    /// <summary>RFC 3986: no dot segments, no escapes without need; a backslash is a slash.</summary>
    Base,

    /// <summary>No two slashes in a row.</summary>
    MergeSlashes,

    /// <summary>Escaped slashes and backslashes are slashes.</summary>
    DecodeAndMergeSlashes,
}
