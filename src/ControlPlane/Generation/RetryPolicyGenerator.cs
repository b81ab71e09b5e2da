using System.Collections.Immutable;
using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Model;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>When a request is tried again, as the wire says it; the default is sent in full, so that every proxy means the same by it.</summary>
internal static class RetryPolicyGenerator
{
    private const int DefaultAttempts = 2;

    // The only ones gRPC knows (gRFC A44); it ignores others, one client without trimming blanks.
    private static readonly string[] GrpcConditions = ["cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable"];

    /// <summary>Null where nothing is retried: num_retries 0 would be refused by gRPC clients.</summary>
    public static Pb.RetryPolicy? Generate(RetryPolicy? policy)
    {
        if (policy is { Attempts: <= 0 })
        {
            return null;
        }

        var result = new Pb.RetryPolicy
        {
            RetryOn = string.Join(',', Conditions(policy)),
            NumRetries = (uint)(policy?.Attempts ?? DefaultAttempts),
            PerTryTimeout = policy?.PerTryTimeout is { } perTry ? XdsMessages.Duration(perTry) : null,
            HostSelectionRetryMaxAttempts = 5,
        };
        if (policy?.IgnorePreviousHosts ?? true)
        {
            result.RetryHostPredicate.Add(
                new Pb.RetryPolicy.Types.RetryHostPredicate
                {
                    Name = "envoy.retry_host_predicates.previous_hosts",
                    TypedConfig = Any.Pack(new Pb.PreviousHostsPredicate()),
                }
            );
        }

        if (policy is not null)
        {
            result.RetriableStatusCodes.AddRange(policy.RetriableStatusCodes.Order().Select(code => (uint)code));
            result.RetryBackOff = BackOff(policy);
            if (policy.RetryRemoteLocalities)
            {
                result.RetryPriority = new Pb.RetryPolicy.Types.RetryPriority
                {
                    Name = "envoy.retry_priorities.previous_priorities",
                    TypedConfig = Any.Pack(new Pb.PreviousPrioritiesConfig { UpdateFrequency = 2 }),
                };
            }
        }

        return result;
    }

    /// <summary>What of it a gRPC library understands: a number, five conditions, a back-off.</summary>
    public static Pb.RetryPolicy? GenerateForGrpc(RetryPolicy? policy)
    {
        var conditions = Conditions(policy).Intersect(GrpcConditions, StringComparer.Ordinal).ToArray();
        if (policy is { Attempts: <= 0 } || conditions.Length == 0)
        {
            return null;
        }

        return new Pb.RetryPolicy
        {
            RetryOn = string.Join(',', conditions),
            NumRetries = (uint)(policy?.Attempts ?? DefaultAttempts),
            RetryBackOff = policy is null ? null : BackOff(policy),
        };
    }

    private static ImmutableArray<string> Conditions(RetryPolicy? policy) => policy?.RetryOn ?? RetryPolicy.DefaultRetryOn;

    // The longest pause is ten times the first, as where nobody asked for one.
    private static Pb.RetryPolicy.Types.RetryBackOff? BackOff(RetryPolicy policy) =>
        policy.Backoff is { } first && first > TimeSpan.Zero
            ? new() { BaseInterval = XdsMessages.Duration(first), MaxInterval = XdsMessages.Duration(first * 10) }
            : null;
}
