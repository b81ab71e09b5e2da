namespace Mesh.Proxy.Http.ToHttp1;

/// <summary>How an exchange came to its end, which says what becomes of its connection.</summary>
internal enum ExchangeEnd : byte
{
    /// <summary>The answer was read to its end, which was not the end of the connection: another request may follow.</summary>
    Whole,

    /// <summary>The upstream has closed in order.</summary>
    Closed,

    /// <summary>Given up: the upstream must be told.</summary>
    BrokenOff,
}
