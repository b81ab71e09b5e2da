using System.Collections.Immutable;
using System.Net;
using Google.Protobuf;
using Mesh.Proxy.Routing;
using Mesh.Text;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: what a route does with the requests it takes.</summary>
internal static class RouteActionReader
{
    // Envoy's default for RouteAction.timeout, which control planes that mean "none" switch off with 0.
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(15);

    public static RuleAction? Read(Pb.Route route, ProblemList problems)
    {
        switch (route.ActionCase)
        {
            case Pb.Route.ActionOneofCase.Route_:
                using (problems.In("route"))
                {
                    return Forward(route.Route_, problems);
                }

            case Pb.Route.ActionOneofCase.Redirect:
                using (problems.In("redirect"))
                {
                    return Redirect(route.Redirect, problems);
                }

            case Pb.Route.ActionOneofCase.DirectResponse:
                using (problems.In("direct_response"))
                {
                    return Direct(route.DirectResponse, problems);
                }

            default:
                problems.Add("action", $"{route.ActionCase} is not supported; use route, redirect or direct_response");
                return null;
        }
    }

    private static RuleAction.Forward Forward(Pb.RouteAction action, ProblemList problems)
    {
        if (
            action.HostRewriteSpecifierCase
            is not (Pb.RouteAction.HostRewriteSpecifierOneofCase.None or Pb.RouteAction.HostRewriteSpecifierOneofCase.HostRewriteLiteral)
        )
        {
            problems.Add("host_rewrite_specifier", $"{action.HostRewriteSpecifierCase} is not supported; use host_rewrite_literal");
        }

        return new RuleAction.Forward
        {
            Destinations = new WeightedDestinations(Destinations(action, problems), new PickState()),
            PathRewrite = Rewrite(action, problems),
            AuthorityRewrite = Visible(action.HostRewriteLiteral, "host_rewrite_literal", problems),
            Timeout = PbReading.Duration(action.Timeout, DefaultTimeout, "timeout", problems),
            MaxGrpcTimeout = action.MaxGrpcTimeout is { } max ? PbReading.Duration(max, TimeSpan.Zero, "max_grpc_timeout", problems) : null,
            HashPolicy = HashPolicyReader.Read(action.HashPolicy, problems),
            Mirrors = MirrorReader.Read(action, problems),
            Retries = RetryPolicyReader.Read(action.RetryPolicy, problems),
        };
    }

    private static ImmutableArray<WeightedDestination> Destinations(Pb.RouteAction action, ProblemList problems)
    {
        switch (action.ClusterSpecifierCase)
        {
            case Pb.RouteAction.ClusterSpecifierOneofCase.Cluster:
                return
                [
                    new WeightedDestination
                    {
                        ClusterName = action.Cluster,
                        Cluster = null,
                        Weight = 1,
                    },
                ];
            case Pb.RouteAction.ClusterSpecifierOneofCase.WeightedClusters:
                var shares = ImmutableArray.CreateBuilder<WeightedDestination>();
                for (var i = 0; i < action.WeightedClusters.Clusters.Count; i++)
                {
                    using var inShare = problems.In("weighted_clusters.clusters", i);
                    shares.Add(Share(action.WeightedClusters.Clusters[i], problems));
                }

                if (shares.Sum(s => s.Weight) is 0 or > uint.MaxValue)
                {
                    problems.Add("weighted_clusters", "the weights must add up to something between 1 and 4294967295");
                }

                return shares.ToImmutable();
            default:
                problems.Add("cluster_specifier", $"{action.ClusterSpecifierCase} is not supported; use cluster or weighted_clusters");
                return [];
        }
    }

    private static WeightedDestination Share(Pb.WeightedCluster.Types.ClusterWeight share, ProblemList problems)
    {
        RouteFilterReader.RefuseOthers(share.TypedPerFilterConfig, problems);
        return new()
        {
            ClusterName = share.Name,
            Cluster = null,
            Weight = share.Weight ?? 0,
            AuthorityRewrite = Visible(share.HostRewriteLiteral, "host_rewrite_literal", problems),
            RequestEdits = HeaderEditReader.Read(share.RequestHeadersToAdd, share.RequestHeadersToRemove, "request_headers", problems),
            ResponseEdits = HeaderEditReader.Read(share.ResponseHeadersToAdd, share.ResponseHeadersToRemove, "response_headers", problems),
        };
    }

    private static PathRewrite? Rewrite(Pb.RouteAction action, ProblemList problems)
    {
        if (action.RegexRewrite is null)
        {
            return Visible(action.PrefixRewrite, "prefix_rewrite", problems) is { } prefix ? PathRewrite.Matched(prefix) : null;
        }

        using var inRewrite = problems.In("regex_rewrite");
        if (action.PrefixRewrite.Length > 0)
        {
            problems.Add("", "stands beside prefix_rewrite; only one of them may");
        }

        var text = action.RegexRewrite.Pattern?.Regex ?? "";
        if (!Re2Pattern.TryTranslateSearch(text, out var pattern, out var groups, out var error))
        {
            problems.Add("pattern", $"'{text}' {error}");
            return null;
        }

        if (RegexSubstitution.Check(action.RegexRewrite.Substitution, groups) is { } wrong)
        {
            problems.Add("substitution", wrong);
            return null;
        }

        return RouteMatchReader.Compile(pattern, text, "pattern", problems) is { } regex
            ? PathRewrite.Found(regex, Visible(action.RegexRewrite.Substitution, "substitution", problems) ?? "")
            : null;
    }

    private static RuleAction.Redirect Redirect(Pb.RedirectAction redirect, ProblemList problems)
    {
        if (redirect.PathRewriteSpecifierCase == Pb.RedirectAction.PathRewriteSpecifierOneofCase.RegexRewrite)
        {
            problems.Add("regex_rewrite", "is not supported; use path_redirect or prefix_rewrite");
        }

        if (redirect.PortRedirect > IPEndPoint.MaxPort)
        {
            problems.Add("port_redirect", $"{redirect.PortRedirect} is not a port");
        }

        return new RuleAction.Redirect
        {
            StatusCode = redirect.ResponseCode switch
            {
                Pb.RedirectAction.Types.RedirectResponseCode.Found => 302,
                Pb.RedirectAction.Types.RedirectResponseCode.SeeOther => 303,
                Pb.RedirectAction.Types.RedirectResponseCode.TemporaryRedirect => 307,
                Pb.RedirectAction.Types.RedirectResponseCode.PermanentRedirect => 308,
                _ => 301,
            },
            Scheme = redirect.HttpsRedirect ? "https" : OneLine(redirect.SchemeRedirect, "scheme_redirect", problems),
            Host = OneLine(redirect.HostRedirect, "host_redirect", problems),
            Port = (int)Math.Min(redirect.PortRedirect, IPEndPoint.MaxPort),
            Path = OneLine(redirect.PathRedirect, "path_redirect", problems),
            PrefixRewrite = OneLine(redirect.PrefixRewrite, "prefix_rewrite", problems),
            StripQuery = redirect.StripQuery,
        };
    }

    private static RuleAction.DirectResponse Direct(Pb.DirectResponseAction direct, ProblemList problems)
    {
        if (direct.Status is < 200 or > 599)
        {
            problems.Add("status", $"{direct.Status} is not between 200 and 599");
        }

        var body = ByteString.Empty;
        switch (direct.Body?.SpecifierCase)
        {
            case null or Pb.DataSource.SpecifierOneofCase.None:
                break;
            case Pb.DataSource.SpecifierOneofCase.InlineBytes:
                body = direct.Body.InlineBytes;
                break;
            case Pb.DataSource.SpecifierOneofCase.InlineString:
                body = ByteString.CopyFromUtf8(direct.Body.InlineString);
                break;
            default:
                // A control plane must not be able to have a proxy's files read out to clients.
                problems.Add("body", $"{direct.Body.SpecifierCase} is not supported; use inline_string or inline_bytes");
                break;
        }

        return new RuleAction.DirectResponse { StatusCode = (int)direct.Status, Body = body.ToByteArray() };
    }

    // What becomes part of a request line: a space or a line end in it would begin something else (RFC 9112 3).
    private static string? Visible(string text, string field, ProblemList problems)
    {
        if (text.Contains(' ', StringComparison.Ordinal))
        {
            problems.Add(field, "has a space in it");
        }

        return OneLine(text, field, problems);
    }

    // What becomes part of a header value (RFC 9110 5.5).
    public static string? OneLine(string text, string field, ProblemList problems)
    {
        if (text.Any(char.IsControl))
        {
            problems.Add(field, "has a line break or another control character in it");
        }

        return text.Length > 0 ? text : null;
    }
}
