using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Model;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>What a rule asks of the filters before the router, as the filters' configuration for its routes.</summary>
internal static class RouteFilterGenerator
{
    // Down to a hundredth of a hundredth of a per cent, as Istio.
    private const double MillionthsPerPercent = 10_000;

    public static void Generate(Pb.Route route, Rule rule)
    {
        if (rule.Fault is { } fault)
        {
            route.TypedPerFilterConfig.Add(ExtensionNames.Fault, Any.Pack(Fault(fault)));
        }

        if (rule.Cors is { } cors)
        {
            route.TypedPerFilterConfig.Add(ExtensionNames.Cors, Any.Pack(Cors(cors)));
        }
    }

    /// <summary>For clients that know no cross-origin requests.</summary>
    public static void GenerateFault(Pb.Route route, Rule rule)
    {
        if (rule.Fault is { } fault)
        {
            route.TypedPerFilterConfig.Add(ExtensionNames.Fault, Any.Pack(Fault(fault)));
        }
    }

    public static Pb.FractionalPercent Fraction(double percentage) =>
        new()
        {
            Numerator = (uint)Math.Round(percentage * MillionthsPerPercent),
            Denominator = Pb.FractionalPercent.Types.DenominatorType.Million,
        };

    private static Pb.HTTPFault Fault(FaultInjection fault)
    {
        var result = new Pb.HTTPFault();
        if (fault.Delay is { } delay)
        {
            result.Delay = new() { FixedDelay = XdsMessages.Duration(delay.Time), Percentage = Fraction(delay.Percentage) };
        }

        if (fault.Abort is { } abort)
        {
            result.Abort = new() { Percentage = Fraction(abort.Percentage) };
            if (abort.GrpcStatus is { } grpc)
            {
                result.Abort.GrpcStatus = (uint)grpc;
            }
            else
            {
                result.Abort.HttpStatus = (uint)(abort.HttpStatus ?? 0);
            }
        }

        return result;
    }

    private static Pb.HttpCors.CorsPolicy Cors(CrossOriginPolicy policy)
    {
        var result = new Pb.HttpCors.CorsPolicy
        {
            AllowMethods = string.Join(',', policy.Methods),
            AllowHeaders = string.Join(',', policy.Headers),
            ExposeHeaders = string.Join(',', policy.ExposedHeaders),
            MaxAge = policy.MaxAge is { } age ? ((long)age.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture) : "",
            AllowCredentials = policy.Credentials,
            FilterEnabled = new() { DefaultValue = new() { Numerator = 100 } },
            ForwardNotMatchingPreflights = !policy.AnswersUnmatchedPreflights,
        };
        result.AllowOriginStringMatch.AddRange(policy.Origins.Select(RouteMatchGenerator.String));
        return result;
    }
}
