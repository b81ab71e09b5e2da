namespace Mesh.Proxy.Http1;

/// <summary>What a head that we write says about its connection.</summary>
internal enum Http1Persistence : byte
{
    /// <summary>Nothing: HTTP/1.1 keeps its connection.</summary>
    Default,

    /// <summary>The connection ends with this message.</summary>
    Close,

    /// <summary>For an HTTP/1.0 client that asked to keep its connection.</summary>
    KeepAlive,

    /// <summary>The head's own Upgrade header goes along.</summary>
    Upgrade,
}
