namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>How one attempt ended, as far as its endpoint is to blame; what outlier detection is told.</summary>
internal readonly record struct AttemptOutcome(AttemptEnd End, int StatusCode)
{
    /// <summary>No connection to the endpoint, or not in time.</summary>
    public static AttemptOutcome ConnectFailed => new(AttemptEnd.ConnectFailed, 0);

    /// <summary>The answer did not come in time.</summary>
    public static AttemptOutcome TimedOut => new(AttemptEnd.TimedOut, 0);

    /// <summary>The connection or stream broke, or what came was no HTTP.</summary>
    public static AttemptOutcome Reset => new(AttemptEnd.Reset, 0);

    /// <summary>A connection that carries no HTTP was established.</summary>
    public static AttemptOutcome Connected => new(AttemptEnd.Connected, 0);

    /// <summary>It ended for a reason of ours or the client's, such as a client that left: says nothing about the endpoint.</summary>
    public static AttemptOutcome Unknown => new(AttemptEnd.Unknown, 0);

    /// <summary>Not reached, too slow, or broken off.</summary>
    public bool IsLocalFailure => End is AttemptEnd.ConnectFailed or AttemptEnd.TimedOut or AttemptEnd.Reset;

    /// <summary>What an attempt's end says about its endpoint.</summary>
    /// <param name="failure">None where an answer came, whether or not a client got it.</param>
    /// <param name="statusCode">Of the answer.</param>
    /// <param name="grpcStatus">Of the answer, negative where it has none.</param>
    public static AttemptOutcome Of(Failure failure, int statusCode, int grpcStatus) =>
        failure switch
        {
            Failure.None => Answered(statusCode, grpcStatus),
            Failure.ConnectFailed or Failure.ConnectTimeout => ConnectFailed,
            Failure.RequestTimeout or Failure.TryTimeout or Failure.StreamIdle => TimedOut,
            // Also after a good head: who breaks off in the middle has not answered.
            Failure.UpstreamReset
            or Failure.StreamReset
            or Failure.StreamRefused
            or Failure.UpstreamProtocolError
            or Failure.UpstreamBrokeOff => Reset,
            // The client's doing, or a limit of ours: ejecting endpoints of a cluster with too many requests would make it worse.
            _ => Unknown,
        };

    /// <summary>An answer came.</summary>
    /// <param name="statusCode">The HTTP status code of the answer.</param>
    /// <param name="grpcStatus">The call's <c>grpc-status</c>, which then decides; negative where the call is not gRPC or did not say.</param>
    public static AttemptOutcome Answered(int statusCode, int grpcStatus = -1) =>
        new(AttemptEnd.Answered, grpcStatus < 0 ? statusCode : GrpcStatusCodes.ToHttp(grpcStatus));
}
