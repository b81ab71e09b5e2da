using System.Collections.Immutable;
using System.Text;
using Google.Protobuf;
using Mesh.ControlPlane.Model;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>What a sidecar does with the requests of one rule.</summary>
internal static class RouteActionGenerator
{
    private const int InternalServerError = 500;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Fills in the action and the header edits.</summary>
    /// <param name="port">Where the client's connection was going.</param>
    /// <param name="servicePort">The port of destinations that name none.</param>
    public static void Generate(Pb.Route route, Rule rule, int port, int servicePort)
    {
        HeaderOptionGenerator.Generate(rule.RequestHeaders, route.RequestHeadersToAdd, route.RequestHeadersToRemove);
        HeaderOptionGenerator.Generate(rule.ResponseHeaders, route.ResponseHeadersToAdd, route.ResponseHeadersToRemove);
        switch (rule.Action)
        {
            case RuleAction.Forward forward:
                Forward(route, forward, servicePort);
                break;
            case RuleAction.Redirect redirect:
                route.Redirect = Redirect(redirect, port);
                break;
            case RuleAction.DirectResponse direct:
                route.DirectResponse = new Pb.DirectResponseAction { Status = (uint)direct.StatusCode, Body = Body(direct.Body) };
                break;
            case RuleAction.Invalid invalid:
                route.DirectResponse = Refusal(invalid.Reason);
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"No such action: {rule.Action}");
        }
    }

    /// <summary>Plain forwarding, as for services without rules.</summary>
    public static Pb.RouteAction ToCluster(string cluster, bool withRetries) =>
        new()
        {
            Cluster = cluster,
            Timeout = XdsMessages.NoTimeout,
            MaxGrpcTimeout = XdsMessages.NoTimeout,
            RetryPolicy = withRetries ? RetryPolicyGenerator.Generate(null) : null,
        };

    private static void Forward(Pb.Route route, RuleAction.Forward forward, int port)
    {
        var action = new Pb.RouteAction
        {
            // Zero is "none" on the wire; absent would be 15 s. gRPC calls bring their own deadline, capped by the same time.
            Timeout = XdsMessages.Duration(forward.Timeout ?? TimeSpan.Zero),
            MaxGrpcTimeout = XdsMessages.Duration(forward.Timeout ?? TimeSpan.Zero),
            RetryPolicy = RetryPolicyGenerator.Generate(forward.Retries),
        };
        if (forward.PathRewrite is { Pattern: null } plain)
        {
            action.PrefixRewrite = plain.Value;
        }
        else if (forward.PathRewrite is { Pattern: { } pattern } regex)
        {
            action.RegexRewrite = new() { Pattern = RouteMatchGenerator.Regex(pattern), Substitution = regex.Value };
        }

        // The weight of an only destination is ignored; among several, zero takes nothing.
        var taking =
            forward.Destinations.Length == 1
                ? forward.Destinations
                : [.. forward.Destinations.Where(destination => destination.Weight > 0)];

        // The rule's authority wins over its destinations'.
        if ((forward.AuthorityRewrite ?? (taking is [var single] ? single.AuthorityRewrite : null)) is { } host)
        {
            action.HostRewriteLiteral = host;
        }

        switch (taking)
        {
            case []:
                route.DirectResponse = Refusal("no destination has a positive weight");
                return;
            case [var only]:
                action.Cluster = ClusterOf(only, port);
                HeaderOptionGenerator.Generate(only.RequestHeaders, route.RequestHeadersToAdd, route.RequestHeadersToRemove);
                HeaderOptionGenerator.Generate(only.ResponseHeaders, route.ResponseHeadersToAdd, route.ResponseHeadersToRemove);
                break;
            default:
                action.WeightedClusters = Weighted(taking, port, action.HasHostRewriteLiteral);
                break;
        }

        foreach (var mirror in forward.Mirrors)
        {
            action.RequestMirrorPolicies.Add(
                new Pb.RouteAction.Types.RequestMirrorPolicy
                {
                    Cluster = ResourceNames.Outbound(mirror.Port == 0 ? port : mirror.Port, mirror.Subset, mirror.Host),
                    RuntimeFraction = new() { DefaultValue = RouteFilterGenerator.Fraction(mirror.Percentage) },
                    // A copy must not count as a second call in traces.
                    TraceSampled = false,
                }
            );
        }

        route.Route_ = action;
    }

    /// <summary>
    /// The name in CDS. A destination that is missing is named all the same: no cluster has the name, so its share fails with NC, and heals
    /// by itself when the cluster comes.
    /// </summary>
    public static string ClusterOf(WeightedDestination destination, int port) =>
        ResourceNames.Outbound(destination.Port == 0 ? port : destination.Port, destination.Subset, destination.Host);

    private static Pb.WeightedCluster Weighted(ImmutableArray<WeightedDestination> destinations, int port, bool hostIsGiven)
    {
        var result = new Pb.WeightedCluster { TotalWeight = (uint)destinations.Sum(destination => destination.Weight) };
        foreach (var destination in destinations)
        {
            var share = new Pb.WeightedCluster.Types.ClusterWeight { Name = ClusterOf(destination, port), Weight = destination.Weight };
            HeaderOptionGenerator.Generate(destination.RequestHeaders, share.RequestHeadersToAdd, share.RequestHeadersToRemove);
            HeaderOptionGenerator.Generate(destination.ResponseHeaders, share.ResponseHeadersToAdd, share.ResponseHeadersToRemove);
            if (!hostIsGiven && destination.AuthorityRewrite is { } host)
            {
                share.HostRewriteLiteral = host;
            }

            result.Clusters.Add(share);
        }

        return result;
    }

    private static Pb.RedirectAction Redirect(RuleAction.Redirect redirect, int port)
    {
        var result = new Pb.RedirectAction
        {
            HostRedirect = redirect.Authority ?? "",
            ResponseCode = redirect.StatusCode switch
            {
                302 => Pb.RedirectAction.Types.RedirectResponseCode.Found,
                303 => Pb.RedirectAction.Types.RedirectResponseCode.SeeOther,
                307 => Pb.RedirectAction.Types.RedirectResponseCode.TemporaryRedirect,
                308 => Pb.RedirectAction.Types.RedirectResponseCode.PermanentRedirect,
                _ => Pb.RedirectAction.Types.RedirectResponseCode.MovedPermanently,
            },
        };
        if (redirect.Path is not null)
        {
            result.PathRedirect = redirect.Path;
        }
        else if (redirect.PrefixRewrite is not null)
        {
            result.PrefixRewrite = redirect.PrefixRewrite;
        }

        if (!string.IsNullOrEmpty(redirect.Scheme))
        {
            result.SchemeRedirect = redirect.Scheme;
        }

        var target = redirect.PortFromRequest ? port : redirect.Port ?? 0;
        // A scheme's own port is left out of the Location.
        if ((redirect.Scheme, target) is not (("http", 80) or ("https", 443)))
        {
            result.PortRedirect = (uint)target;
        }

        return result;
    }

    private static Pb.DirectResponseAction Refusal(string reason) =>
        new()
        {
            Status = InternalServerError,
            Body = new Pb.DataSource { InlineString = reason },
        };

    private static Pb.DataSource? Body(ImmutableArray<byte> body)
    {
        if (body.IsEmpty)
        {
            return null;
        }

        try
        {
            return new() { InlineString = StrictUtf8.GetString(body.AsSpan()) };
        }
        catch (DecoderFallbackException)
        {
            return new() { InlineBytes = ByteString.CopyFrom(body.AsSpan()) };
        }
    }
}
