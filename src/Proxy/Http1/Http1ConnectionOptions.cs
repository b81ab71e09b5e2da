namespace Mesh.Proxy.Http1;

/// <summary>What the Connection header lines of a message list.</summary>
[Flags]
internal enum Http1ConnectionOptions : byte
{
    None = 0,
    Close = 1,
    KeepAlive = 2,
    Upgrade = 4,

    /// <summary>Names of header fields that end at this connection.</summary>
    Fields = 8,
}
