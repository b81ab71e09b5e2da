using Mesh.Proxy.Upstream.Retries;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: what a route's retry policy means to this proxy. What it cannot do is noted and makes retries fewer, never more.</summary>
internal static class RetryPolicyReader
{
    private const uint MostRetries = 1000;

    /// <param name="policy">Null where the route has none, and its requests are sent once.</param>
    public static RetryPolicy Read(Pb.RetryPolicy? policy, ProblemList problems)
    {
        if (policy is null)
        {
            return RetryPolicy.None;
        }

        using var inPolicy = problems.In("retry_policy");
        var conditions = Conditions(policy.RetryOn, problems);
        if (policy.RetriableRequestHeaders.Count > 0)
        {
            problems.Note("retriable_request_headers", "are not supported; nothing is retried");
            conditions = RetryConditions.None;
        }

        if (policy.RetriableHeaders.Count > 0)
        {
            problems.Note("retriable_headers", "are not supported; no answer is retried because of its headers");
        }

        if (policy.PerTryIdleTimeout is not null)
        {
            problems.Note("per_try_idle_timeout", "is not supported; a try may rest as long as its other time limits allow");
        }

        var (first, most) = BackOff(policy.RetryBackOff, problems);
        return new RetryPolicy
        {
            Conditions = conditions,
            // Envoy's default is one.
            Retries = conditions == RetryConditions.None ? 0 : (int)Math.Min(policy.NumRetries ?? 1, MostRetries),
            StatusCodes = [.. policy.RetriableStatusCodes.Select(code => (int)Math.Min(code, int.MaxValue))],
            TryTimeout = PbReading.Duration(policy.PerTryTimeout, TimeSpan.Zero, "per_try_timeout", problems),
            BackOff = first,
            MaxBackOff = most,
            AvoidsTriedEndpoints = AvoidsTriedEndpoints(policy, problems),
            PriorityUpdateFrequency = PriorityUpdateFrequency(policy.RetryPriority, problems),
        };
    }

    private static RetryConditions Conditions(string text, ProblemList problems)
    {
        var all = RetryConditions.None;
        foreach (var name in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (Condition(name) is { } condition)
            {
                all |= condition;
            }
            else
            {
                problems.Note("retry_on", $"'{name}' is not a known condition and has no effect");
            }
        }

        return all;
    }

    private static RetryConditions? Condition(string name) =>
        name switch
        {
            "5xx" => RetryConditions.ServerError,
            "gateway-error" => RetryConditions.GatewayError,
            "reset" => RetryConditions.Reset,
            "reset-before-request" => RetryConditions.ResetBeforeRequest,
            "connect-failure" => RetryConditions.ConnectFailure,
            "retriable-4xx" => RetryConditions.Retriable4xx,
            "refused-stream" => RetryConditions.RefusedStream,
            "retriable-status-codes" => RetryConditions.StatusCodes,
            "envoy-ratelimited" => RetryConditions.RateLimited,
            "cancelled" => RetryConditions.GrpcCancelled,
            "deadline-exceeded" => RetryConditions.GrpcDeadlineExceeded,
            "internal" => RetryConditions.GrpcInternal,
            "resource-exhausted" => RetryConditions.GrpcResourceExhausted,
            "unavailable" => RetryConditions.GrpcUnavailable,
            // Nobody here speaks HTTP/3, and headers to retry on come in a list of their own.
            "http3-post-connect-failure" or "retriable-headers" => RetryConditions.None,
            _ => null,
        };

    private static (TimeSpan First, TimeSpan Most) BackOff(Pb.RetryPolicy.Types.RetryBackOff? backOff, ProblemList problems)
    {
        if (backOff is null)
        {
            return (RetryPolicy.DefaultBackOff, RetryPolicy.DefaultBackOff * 10);
        }

        using var inBackOff = problems.In("retry_back_off");
        var first = PbReading.Duration(backOff.BaseInterval, TimeSpan.Zero, "base_interval", problems);
        if (first <= TimeSpan.Zero)
        {
            problems.Add("base_interval", "must be greater than 0");
            first = RetryPolicy.DefaultBackOff;
        }

        var most = PbReading.Duration(backOff.MaxInterval, first * 10, "max_interval", problems);
        if (most < first)
        {
            problems.Add("max_interval", "must not be smaller than base_interval");
        }

        return (first, most);
    }

    private static bool AvoidsTriedEndpoints(Pb.RetryPolicy policy, ProblemList problems)
    {
        var avoids = false;
        for (var i = 0; i < policy.RetryHostPredicate.Count; i++)
        {
            var predicate = policy.RetryHostPredicate[i];
            if (PbReading.Is<Pb.PreviousHostsPredicate>(predicate.TypedConfig))
            {
                avoids = true;
            }
            else
            {
                problems.Note($"retry_host_predicate[{i}]", $"'{predicate.Name}' is not supported and has no effect");
            }
        }

        return avoids;
    }

    private static int PriorityUpdateFrequency(Pb.RetryPolicy.Types.RetryPriority? priority, ProblemList problems)
    {
        if (priority is null)
        {
            return 0;
        }

        using var inPriority = problems.In("retry_priority");
        if (!PbReading.Is<Pb.PreviousPrioritiesConfig>(priority.TypedConfig))
        {
            problems.Note("", $"'{priority.Name}' is not supported and has no effect");
            return 0;
        }

        var config = PbReading.Unpack<Pb.PreviousPrioritiesConfig>(priority.TypedConfig, "typed_config", problems);
        if (config is { UpdateFrequency: <= 0 })
        {
            problems.Add("typed_config.update_frequency", "must be greater than 0");
        }

        return config?.UpdateFrequency ?? 0;
    }
}
