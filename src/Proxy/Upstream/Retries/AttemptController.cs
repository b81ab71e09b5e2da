using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Upstream.Retries;

/// <summary>
/// Decides for one request, attempt by attempt, whether there is to be another. Pure: time is told, nothing is waited for. Kept with its
/// session and used again; allocates nothing while nothing is retried.
/// </summary>
internal sealed class AttemptController(Random random)
{
    private RetryPolicy _policy = RetryPolicy.None;
    private Cluster? _cluster;
    private long _frequency;
    private int _made;
    private bool _grpc;
    private bool _retrying;

    /// <summary>Another attempt is possible, so the request's body is worth keeping.</summary>
    public bool MayRetry => _made < _policy.Retries;

    public RetryPolicy Policy => _policy;

    /// <summary>The request's first attempt is about to begin.</summary>
    /// <param name="now">Clock ticks (TimeProvider).</param>
    /// <param name="frequency">Clock ticks a second.</param>
    public void Begin(RetryPolicy policy, Cluster cluster, bool grpc, long now, long frequency)
    {
        (_policy, _cluster, _grpc, _frequency, _made, _retrying) = (policy, cluster, grpc, frequency, 0, false);
        cluster.State.Retries.RequestStarted(cluster.RetryBudget, now, frequency);
    }

    /// <summary>An answer's head came, and none of it went to the client yet.</summary>
    /// <param name="grpcStatus">Of a trailers-only answer; -1 for others.</param>
    /// <param name="replayable">The whole request can be sent again.</param>
    public AttemptDecision OnHead(int status, int grpcStatus, ResponseMarks marks, bool replayable, long now)
    {
        var asked =
            (marks & ResponseMarks.Overloaded) == 0
            && (
                (marks & ResponseMarks.RateLimited) != 0
                    ? (_policy.Conditions & RetryConditions.RateLimited) != 0
                    : _policy.Covers(status, _grpc ? grpcStatus : -1) || ((marks & ResponseMarks.Repeatable) != 0 && _policy.CoversUnseen)
            );
        return Next(asked, answered: true, replayable, now);
    }

    /// <summary>The attempt failed, and nothing of an answer went to the client.</summary>
    /// <param name="nothingSent">Not a byte of the request has left this process.</param>
    /// <param name="replayable">The whole request can be sent again.</param>
    public AttemptDecision OnFailure(Failure failure, bool nothingSent, bool replayable, long now) =>
        Next(_policy.Covers(failure, nothingSent), answered: false, replayable, now);

    /// <summary>The request is over, however it ended.</summary>
    public void End()
    {
        EndRetry(succeeded: false);
        (_policy, _cluster) = (RetryPolicy.None, null);
    }

    private AttemptDecision Next(bool asked, bool answered, bool replayable, long now)
    {
        EndRetry(succeeded: !asked && answered);
        if (!asked || !replayable || _policy.Retries == 0)
        {
            return AttemptDecision.Deliver;
        }

        if (_made >= _policy.Retries)
        {
            _cluster!.State.Retries.CountLimitExceeded();
            return AttemptDecision.NoMore(ResponseFlags.UpstreamRetryLimitExceeded);
        }

        if (!TryBeginRetry(_cluster!, now))
        {
            return AttemptDecision.NoMore(ResponseFlags.UpstreamOverflow);
        }

        _made++;
        return AttemptDecision.After(BackOff.Next(_policy, _made, random));
    }

    private bool TryBeginRetry(Cluster cluster, long now)
    {
        var counters = cluster.State.Counters;
        var budget = cluster.RetryBudget;
        if (!counters.TryBeginRetry(budget.Asked ? ClusterLimits.None : cluster.Limits))
        {
            return false;
        }

        _retrying = true;
        if (cluster.State.Retries.TryTake(budget, now, _frequency, RequestsInFlight(cluster), counters.Retries))
        {
            return true;
        }

        EndRetry(succeeded: false);
        return false;
    }

    private void EndRetry(bool succeeded)
    {
        if (!_retrying)
        {
            return;
        }

        _retrying = false;
        _cluster!.State.Counters.EndRetry();
        if (succeeded)
        {
            _cluster.State.Retries.CountSuccess();
        }
    }

    private static int RequestsInFlight(Cluster cluster)
    {
        var sum = 0;
        if (cluster.RetryBudget.Interval <= TimeSpan.Zero)
        {
            foreach (var endpoint in cluster.Endpoints)
            {
                sum += endpoint.State.ActiveRequests;
            }
        }

        return sum;
    }
}
