namespace Mesh.Proxy.Http1;

/// <summary>How far a parser came with the bytes it was given.</summary>
internal enum Http1ParseStatus : byte
{
    /// <summary>Nothing is wrong so far; call again with the same bytes and more.</summary>
    NeedMore,
    Done,
    Refused,
}
