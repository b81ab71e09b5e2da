namespace Mesh.Proxy.Security.Tokens;

/// <summary>Why a token is not accepted. <see cref="TokenFailureTable"/> says it to clients.</summary>
internal enum TokenFailure : byte
{
    None,
    BadFormat,
    HeaderNotBase64,
    HeaderNotJson,
    AlgorithmMissing,
    AlgorithmNotSupported,
    CriticalNotSupported,
    KeyIdNotText,
    PayloadNotBase64,
    PayloadNotJson,
    IssuerNotText,
    SubjectNotText,
    IssuedAtNotNumber,
    NotBeforeNotNumber,
    ExpiresNotNumber,
    AudiencesNotTexts,
    SignatureNotBase64,
    UnknownIssuer,
    NotYetValid,
    Expired,
    AudienceNotAllowed,

    /// <summary>There is no usable key: none could be fetched yet, or none of the set is of a kind that is known.</summary>
    NoKeys,

    /// <summary>The set has keys, but none for this kid and algorithm.</summary>
    NoMatchingKey,

    WrongSignature,

    /// <summary>More tokens in one request than anybody needs.</summary>
    TooManyTokens,
}
