namespace Mesh.Config.Specs;

/// <summary>How paths are brought to one form before routes and policies read them; each level with those before it.</summary>
public enum PathNormalizationLevel
{
    /// <summary>BASE.</summary>
    Default,

    /// <summary>As received.</summary>
    None,

    /// <summary>RFC 3986: no dot segments, no escapes without need; a backslash is a slash.</summary>
    Base,

    /// <summary>No two slashes in a row.</summary>
    MergeSlashes,

    /// <summary>Escaped slashes and backslashes are slashes.</summary>
    DecodeAndMergeSlashes,
}
