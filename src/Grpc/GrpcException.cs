namespace Mesh.Grpc;

/// <summary>A call that did not end with OK: thrown to callers by the client, and by handlers to choose what the caller gets.</summary>
public sealed class GrpcException : Exception
{
    /// <summary>Ends a call with <paramref name="status"/>, which must not be OK.</summary>
    public GrpcException(GrpcStatus status, GrpcMetadata? trailers = null, Exception? inner = null)
        : base(status.ToString(), inner)
    {
        if (status.Code == GrpcStatusCode.Ok)
        {
            throw new ArgumentException("An exception cannot carry the status OK.", nameof(status));
        }
        Status = status;
        Trailers = trailers ?? new GrpcMetadata();
    }

    /// <summary>Ends a call with <paramref name="code"/>, which must not be OK, and a sentence for people.</summary>
    public GrpcException(GrpcStatusCode code, string message, Exception? inner = null)
        : this(new GrpcStatus(code, message), null, inner) { }

    /// <summary>How the call ended.</summary>
    public GrpcStatus Status { get; }

    /// <summary>The metadata that came with, or goes out with, the status.</summary>
    public GrpcMetadata Trailers { get; }
}
