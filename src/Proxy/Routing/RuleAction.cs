using System.Collections.Immutable;
using Mesh.Proxy.Routing.Mirrors;
using Mesh.Proxy.Upstream.Retries;

namespace Mesh.Proxy.Routing;

/// <summary>What a rule does with the requests it takes.</summary>
internal abstract record RuleAction
{
    /// <summary>Sends the request to one of the weighted destinations.</summary>
    internal sealed record Forward : RuleAction
    {
        public required WeightedDestinations Destinations { get; init; }

        public PathRewrite? PathRewrite { get; init; }

        /// <summary>The authority sent upstream, null to keep the client's.</summary>
        public string? AuthorityRewrite { get; init; }

        /// <summary>Overall time for the request including every attempt; <see cref="TimeSpan.Zero"/> means no limit.</summary>
        public TimeSpan Timeout { get; init; }

        /// <summary>
        /// Caps the time that gRPC calls ask for by <c>grpc-timeout</c>, which then counts instead of <see cref="Timeout"/>; zero takes it as it is,
        /// and null does not look at it (Envoy, RouteAction.max_grpc_timeout).
        /// </summary>
        public TimeSpan? MaxGrpcTimeout { get; init; }

        /// <summary>What keeps requests to one endpoint where the cluster's balancer is a consistent one; null for nothing.</summary>
        public HashPolicy? HashPolicy { get; init; }

        public RetryPolicy Retries { get; init; } = RetryPolicy.None;

        /// <summary>Where copies of the requests go; their answers are dropped.</summary>
        public ImmutableArray<MirrorPolicy> Mirrors { get; init; } = [];
    }

    /// <summary>Answers with a <c>Location</c>.</summary>
    internal sealed record Redirect : RuleAction
    {
        /// <summary>301, 302, 303, 307 or 308.</summary>
        public int StatusCode { get; init; } = 301;

        public string? Scheme { get; init; }

        public string? Host { get; init; }

        /// <summary>Zero keeps the port of the request, or with <see cref="Host"/> names none.</summary>
        public int Port { get; init; }

        /// <summary>Replaces the path, and the query if it has one itself; null keeps the path.</summary>
        public string? Path { get; init; }

        /// <summary>Replaces what the rule's path condition matched.</summary>
        public string? PrefixRewrite { get; init; }

        /// <summary>Leaves the request's query out; default false.</summary>
        public bool StripQuery { get; init; }
    }

    /// <summary>Answers by itself.</summary>
    internal sealed record DirectResponse : RuleAction
    {
        public required int StatusCode { get; init; }

        public byte[] Body { get; init; } = [];
    }
}
