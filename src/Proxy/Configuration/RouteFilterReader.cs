using System.Collections.Immutable;
using Google.Protobuf.WellKnownTypes;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Routing.Cors;
using Mesh.Proxy.Routing.Faults;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: what a route asks of the filters before the router, faults and cross-origin rules.</summary>
internal static class RouteFilterReader
{
    private const string Field = "typed_per_filter_config";

    public static FaultPolicy? Fault(Pb.Route route, ProblemList problems)
    {
        if (!route.TypedPerFilterConfig.TryGetValue(ExtensionNames.Fault, out var any))
        {
            return null;
        }

        using var inFault = problems.In($"{Field}[{ExtensionNames.Fault}]");
        return PbReading.Unpack<Pb.HTTPFault>(any, "", problems) is { } fault ? Fault(fault, problems) : null;
    }

    public static CorsPolicy? Cors(Pb.Route route, ProblemList problems)
    {
        if (!route.TypedPerFilterConfig.TryGetValue(ExtensionNames.Cors, out var any))
        {
            return null;
        }

        using var inCors = problems.In($"{Field}[{ExtensionNames.Cors}]");
        return PbReading.Unpack<Pb.HttpCors.CorsPolicy>(any, "", problems) is { } policy ? Cors(policy, problems) : null;
    }

    /// <summary>What nobody here carries out: a filter may forbid something, and to leave it out could allow it.</summary>
    public static void RefuseOthers(IEnumerable<KeyValuePair<string, Any>> configs, ProblemList problems, params string[] known)
    {
        foreach (var (name, _) in configs)
        {
            if (!known.Contains(name, StringComparer.Ordinal))
            {
                problems.Add(Field, $"'{name}' is not supported here");
            }
        }
    }

    /// <summary>An absent fraction is <paramref name="absent"/>.</summary>
    public static Fraction Fraction(Pb.FractionalPercent? fraction, Fraction absent) =>
        fraction is null
            ? absent
            : new(
                fraction.Numerator,
                fraction.Denominator switch
                {
                    Pb.FractionalPercent.Types.DenominatorType.TenThousand => 10_000,
                    Pb.FractionalPercent.Types.DenominatorType.Million => 1_000_000,
                    _ => 100,
                }
            );

    private static FaultPolicy Fault(Pb.HTTPFault fault, ProblemList problems)
    {
        if (
            fault.UpstreamCluster.Length > 0
            || fault.Headers.Count > 0
            || fault.DownstreamNodes.Count > 0
            || fault.MaxActiveFaults is not null
        )
        {
            // Without them more requests would be disturbed than asked for.
            problems.Add("", "upstream_cluster, headers, downstream_nodes and max_active_faults are not supported");
        }

        return new FaultPolicy
        {
            Delay = Delay(fault.Delay, problems),
            Delayed = Fraction(fault.Delay?.Percentage, Routing.Fraction.None),
            Abort = Abort(fault.Abort, problems),
            Aborted = Fraction(fault.Abort?.Percentage, Routing.Fraction.None),
        };
    }

    private static TimeSpan Delay(Pb.FaultDelay? delay, ProblemList problems)
    {
        switch (delay?.FaultDelaySecifierCase)
        {
            case null:
                return TimeSpan.Zero;
            case Pb.FaultDelay.FaultDelaySecifierOneofCase.FixedDelay:
                return PbReading.Duration(delay.FixedDelay, TimeSpan.Zero, "delay.fixed_delay", problems);
            default:
                problems.Add("delay", "only fixed_delay is supported: clients must not be able to ask for faults");
                return TimeSpan.Zero;
        }
    }

    private static FaultAbort? Abort(Pb.FaultAbort? abort, ProblemList problems)
    {
        switch (abort?.ErrorTypeCase)
        {
            case null:
                return null;
            case Pb.FaultAbort.ErrorTypeOneofCase.HttpStatus when abort.HttpStatus is >= 200 and <= 599:
                return FaultAbort.OfHttp((int)abort.HttpStatus);
            case Pb.FaultAbort.ErrorTypeOneofCase.GrpcStatus when abort.GrpcStatus <= FaultAbort.LastGrpcStatus:
                return FaultAbort.OfGrpc((int)abort.GrpcStatus);
            default:
                problems.Add("abort", $"needs an http_status of 200 to 599 or a grpc_status of 0 to {FaultAbort.LastGrpcStatus}");
                return null;
        }
    }

    private static CorsPolicy? Cors(Pb.HttpCors.CorsPolicy policy, ProblemList problems)
    {
        var enabled = Fraction(policy.FilterEnabled?.DefaultValue, Routing.Fraction.All);
        if (enabled.Numerator == 0)
        {
            return null;
        }

        if (enabled.Numerator < enabled.Denominator)
        {
            problems.Add("filter_enabled", "a share is not supported; use 0 or 100 %");
        }

        if (policy.AllowPrivateNetworkAccess is true)
        {
            problems.Note("allow_private_network_access", "is not supported; browsers keep private networks closed");
        }

        var origins = ImmutableArray.CreateBuilder<ValueMatch>(policy.AllowOriginStringMatch.Count);
        for (var i = 0; i < policy.AllowOriginStringMatch.Count; i++)
        {
            using var inOrigin = problems.In("allow_origin_string_match", i);
            if (RouteMatchReader.Text(policy.AllowOriginStringMatch[i], problems) is { } origin)
            {
                origins.Add(origin);
            }
        }

        return new CorsPolicy
        {
            Origins = origins.ToImmutable(),
            AllowMethods = RouteActionReader.OneLine(policy.AllowMethods, "allow_methods", problems) ?? "",
            AllowHeaders = RouteActionReader.OneLine(policy.AllowHeaders, "allow_headers", problems) ?? "",
            ExposeHeaders = RouteActionReader.OneLine(policy.ExposeHeaders, "expose_headers", problems) ?? "",
            MaxAge = RouteActionReader.OneLine(policy.MaxAge, "max_age", problems) ?? "",
            AllowCredentials = policy.AllowCredentials is true,
            ForwardUnmatchedPreflights = policy.ForwardNotMatchingPreflights is not false,
        };
    }
}
