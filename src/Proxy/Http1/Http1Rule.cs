namespace Mesh.Proxy.Http1;

/// <summary>The rule that a message broke. <see cref="Http1Refusal"/> gives each its status and sentence.</summary>
internal enum Http1Rule : byte
{
    None,

    // Limits
    StartLineTooLong,
    HeadTooLong,
    TooManyHeaders,
    ChunkLineTooLong,
    TrailersTooLong,
    TooManyTrailers,

    // Bytes and lines
    BareLineFeed,
    BareCarriageReturn,
    ControlByte,
    EmptyStartLine,
    ObsoleteFold,
    MissingColon,
    SpaceBeforeColon,
    HeaderName,

    // Start lines
    Method,
    RequestLine,
    MissingVersion,
    Version,
    Target,
    Fragment,
    TargetForm,
    StatusLine,
    StatusCode,

    // Host
    HostMissing,
    HostRepeated,
    Host,
    HostMismatch,

    // Framing
    ContentLength,
    ContentLengthRepeated,
    TransferEncoding,
    TransferEncodingRepeated,
    TransferEncodingInHttp10,
    TransferCoding,
    LengthAndTransferEncoding,
    BodyNotAllowed,
    ChunkSize,
    ChunkEnd,
    TrailerField,
}
