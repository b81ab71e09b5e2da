using Mesh.Metrics;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Http;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Balancing;

namespace Mesh.Proxy.ExternalAuthorization;

/// <summary>
/// Asks services over HTTP or gRPC. Every way in which one cannot be asked is the same outcome, which the request's own policy decides about:
/// nothing passes by mistake.
/// </summary>
internal sealed class ExternalAuthorizer : IExternalAuthorizer, IDisposable
{
    private readonly EndpointResolver _resolver;
    private readonly HttpChecks _http = new();
    private readonly GrpcChecks _grpc;
    private readonly MetricFamily<(string Cluster, string Result), Counter> _counts;

    public ExternalAuthorizer(EndpointResolver resolver, MetricRegistry metrics, TimeProvider time)
    {
        _resolver = resolver;
        _grpc = new GrpcChecks(time);
        _counts = metrics.Counters<(string Cluster, string Result)>(
            "mesh_authorization_checks_total",
            "Questions to services that decide about requests, by their cluster and what came of them.",
            ["cluster", "result"],
            series => [series.Cluster, series.Result]
        );
    }

    public async ValueTask<CheckOutcome> CheckAsync(CheckRequest request, CancellationToken cancellation)
    {
        var outcome = await AskAsync(request, cancellation);
        var result = outcome.Verdict switch
        {
            CheckVerdict.Allowed => "ok",
            CheckVerdict.Denied => "denied",
            _ when request.Check.FailOpen => "failure_mode_allowed",
            _ => "error",
        };
        _counts.Get((request.Check.ClusterName, result)).Inc();
        return outcome;
    }

    public void Dispose()
    {
        _http.Dispose();
        _grpc.Dispose();
    }

    private async ValueTask<CheckOutcome> AskAsync(CheckRequest request, CancellationToken cancellation)
    {
        var check = request.Check;
        if (
            !request.Config.Clusters.TryGetValue(check.ClusterName, out var cluster)
            || cluster.Kind == ClusterKind.BlackHole
            || _resolver.Resolve(new PickContext(cluster), request.Target, request.Config) is not { } endpoint
        )
        {
            return CheckOutcome.Failed;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (check.Timeout > TimeSpan.Zero)
        {
            limit.CancelAfter(check.Timeout);
        }

        var failed = true;
        endpoint.State.RequestStarted();
        try
        {
            var outcome = check.OverGrpc
                ? await _grpc.AskAsync(request, cluster, endpoint, limit.Token)
                : await _http.AskAsync(request, cluster, endpoint, limit.Token);
            failed = outcome.Verdict == CheckVerdict.Failed;
            return outcome;
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            // No connection, no answer in time, an answer that makes no sense: whatever it was, the service has not said yes.
            return CheckOutcome.Failed;
        }
        finally
        {
            endpoint.State.RequestEnded(failed);
        }
    }
}
