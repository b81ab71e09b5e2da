using System.Collections.Immutable;

namespace Mesh.Proxy.Upstream.Retries;

/// <summary>When and how often a rule's requests are tried again. Immutable; what it decides is <see cref="AttemptController"/>'s affair.</summary>
internal sealed class RetryPolicy
{
    /// <summary>Envoy's default base of the back-off.</summary>
    public static readonly TimeSpan DefaultBackOff = TimeSpan.FromMilliseconds(25);

    /// <summary>Every request is sent once.</summary>
    public static RetryPolicy None { get; } = new() { Conditions = RetryConditions.None, Retries = 0 };

    public required RetryConditions Conditions { get; init; }

    /// <summary>Tries after the first; 0 to 1000.</summary>
    public required int Retries { get; init; }

    /// <summary>The codes that <see cref="RetryConditions.StatusCodes"/> means.</summary>
    public ImmutableArray<int> StatusCodes { get; init; } = [];

    /// <summary>Time for one try, from the end of the client's request; zero is no limit of its own.</summary>
    public TimeSpan TryTimeout { get; init; }

    /// <summary>The first retry waits at most so long; default 25 ms.</summary>
    public TimeSpan BackOff { get; init; } = DefaultBackOff;

    /// <summary>No retry waits longer; default ten times <see cref="BackOff"/>.</summary>
    public TimeSpan MaxBackOff { get; init; } = DefaultBackOff * 10;

    /// <summary>A retry goes to an endpoint that this request has not tried, while there is one (Envoy, previous_hosts); default false.</summary>
    public bool AvoidsTriedEndpoints { get; init; }

    /// <summary>
    /// After so many tries, and each time again, the priorities tried so far are avoided (Envoy, previous_priorities); 0, the default, is never.
    /// </summary>
    public int PriorityUpdateFrequency { get; init; }

    /// <summary>Whether what its destination cannot have seen is tried again.</summary>
    public bool CoversUnseen =>
        Has(RetryConditions.ConnectFailure | RetryConditions.RefusedStream | RetryConditions.ResetBeforeRequest | RetryConditions.Reset);

    /// <summary>Whether an answer's status asks for another try.</summary>
    /// <param name="grpcStatus">Of a gRPC call that was answered trailers-only; -1 for everything else.</param>
    public bool Covers(int status, int grpcStatus) => OfStatus(status) || (grpcStatus > 0 && OfGrpc(grpcStatus));

    /// <summary>Whether a failure asks for another try.</summary>
    /// <param name="nothingSent">Not a byte of the request has left this process.</param>
    public bool Covers(Failure failure, bool nothingSent)
    {
        var on = FailureTable.Of(failure).RetriedOn;
        // Every reset that came so early that the upstream cannot have seen the request.
        if (nothingSent && on != RetryConditions.None)
        {
            on |= RetryConditions.ResetBeforeRequest;
        }

        return (Conditions & on) != RetryConditions.None;
    }

    private bool OfStatus(int status) =>
        status switch
        {
            < 400 => Lists(status),
            409 when Has(RetryConditions.Retriable4xx) => true,
            502 or 503 or 504 when Has(RetryConditions.GatewayError) => true,
            >= 500 and < 600 when Has(RetryConditions.ServerError) => true,
            _ => Lists(status),
        };

    private bool OfGrpc(int status) =>
        Has(
            status switch
            {
                1 => RetryConditions.GrpcCancelled,
                4 => RetryConditions.GrpcDeadlineExceeded,
                8 => RetryConditions.GrpcResourceExhausted,
                13 => RetryConditions.GrpcInternal,
                14 => RetryConditions.GrpcUnavailable,
                _ => RetryConditions.None,
            }
        );

    private bool Lists(int status) => Has(RetryConditions.StatusCodes) && StatusCodes.Contains(status);

    private bool Has(RetryConditions condition) => (Conditions & condition) != RetryConditions.None;
}
