namespace Mesh.Proxy.Http1;

/// <summary>What a body reader found in the bytes it was given.</summary>
internal enum Http1BodyStatus : byte
{
    /// <summary>Body bytes; call again with what follows them.</summary>
    Data,

    /// <summary>The given bytes are used up or too few; call again with more.</summary>
    NeedMore,

    /// <summary>The body is complete.</summary>
    Done,
    Refused,
}
