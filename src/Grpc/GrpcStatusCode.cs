namespace Mesh.Grpc;

/// <summary>How a call ended; the numbers are gRPC's own and travel as <c>grpc-status</c>.</summary>
public enum GrpcStatusCode
{
    /// <summary>The call succeeded.</summary>
    Ok = 0,

    /// <summary>The caller gave up.</summary>
    Cancelled = 1,

    /// <summary>The other side failed without saying how.</summary>
    Unknown = 2,

    /// <summary>The request can never succeed, whatever the state of the server.</summary>
    InvalidArgument = 3,

    /// <summary>The deadline passed before the call ended.</summary>
    DeadlineExceeded = 4,

    /// <summary>What was asked for does not exist.</summary>
    NotFound = 5,

    /// <summary>What should be created exists.</summary>
    AlreadyExists = 6,

    /// <summary>The caller is known and not allowed to do this.</summary>
    PermissionDenied = 7,

    /// <summary>A quota or a size limit is used up.</summary>
    ResourceExhausted = 8,

    /// <summary>The server's state forbids this now.</summary>
    FailedPrecondition = 9,

    /// <summary>A conflict ended the call; the whole sequence may be tried again.</summary>
    Aborted = 10,

    /// <summary>The request went past a valid range.</summary>
    OutOfRange = 11,

    /// <summary>The server has no such method, or not in this form.</summary>
    Unimplemented = 12,

    /// <summary>An invariant of the transport or of the server is broken.</summary>
    Internal = 13,

    /// <summary>The server cannot be reached now; trying again may help.</summary>
    Unavailable = 14,

    /// <summary>Data is lost for good.</summary>
    DataLoss = 15,

    /// <summary>The caller's credentials are missing or bad.</summary>
    Unauthenticated = 16,
}
