namespace Mesh.Proxy.Connections;

/// <summary>What the first bytes of a connection are as the beginning of TLS.</summary>
internal enum ClientHelloStatus : byte
{
    /// <summary>More bytes are needed to tell.</summary>
    Incomplete,

    /// <summary>Something else is spoken.</summary>
    NotTls,

    /// <summary>Larger than <see cref="ClientHelloParser.MaxBytes"/>, so that nobody looks further.</summary>
    TooLarge,

    Complete,
}
