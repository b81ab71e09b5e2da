namespace Mesh.Proxy.Http;

/// <summary>What the bytes of an upstream came to while its answer's head is read.</summary>
internal enum HeadStep : byte
{
    /// <summary>The head is not whole yet, or was an interim one.</summary>
    More,

    /// <summary>The answer goes to the client; its head is written.</summary>
    Deliver,

    /// <summary>Another attempt follows; nothing of this answer is shown.</summary>
    Drop,

    /// <summary>Both sides speak another protocol from here on; the head that says so is written.</summary>
    Tunnel,

    /// <summary>There is no answer.</summary>
    Failed,
}
