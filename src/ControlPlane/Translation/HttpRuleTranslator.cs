using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>One HTTP rule. A rule whose action cannot be established keeps its match and answers with the reason.</summary>
internal static class HttpRuleTranslator
{
    private const int DefaultRedirect = 301;
    private const uint WholeWeight = 100;

    public static Rule Translate(WrittenRule rule, DestinationTranslator destinations, MeshSettings settings, Findings findings)
    {
        var (owner, spec) = (rule.Owner, rule.Spec);
        var matches = ImmutableArray.CreateBuilder<Match>(spec.Match.Length);
        for (var i = 0; i < spec.Match.Length; i++)
        {
            matches.Add(MatchTranslator.Translate(spec.Match[i], owner, rule.MatchAt(i), settings, findings));
        }

        return new(
            spec.Name ?? "",
            matches.MoveToImmutable(),
            rule.Broken is { } reason ? new RuleAction.Invalid(reason) : ActionOf(owner, spec, rule.Path, destinations),
            HeaderTranslator.Request(spec.Headers),
            HeaderTranslator.Response(spec.Headers),
            HostNames.Source(owner, spec.Location)
        )
        {
            DelegatedBy = rule.Root is { } root ? HostNames.Source(root.Owner, root.Spec.Location) : null,
            Fault = FaultTranslator.Translate(spec.Fault),
            Cors = CorsTranslator.Translate(spec.CorsPolicy),
        };
    }

    private static RuleAction ActionOf(ConfigObject owner, HttpRouteSpec spec, FieldPath path, DestinationTranslator destinations)
    {
        if (spec.Redirect is { } redirect)
        {
            return new RuleAction.Redirect(
                redirect.RedirectCode ?? DefaultRedirect,
                redirect.Uri,
                redirect.PrefixRewrite,
                redirect.Authority,
                redirect.Scheme,
                redirect.Port,
                redirect.DerivePort == RedirectPortMode.FromRequestPort
            );
        }

        if (spec.DirectResponse is { } direct)
        {
            return new RuleAction.DirectResponse(direct.Status, BodyOf(direct.Body));
        }

        return Forward(owner, spec, path, destinations);
    }

    private static RuleAction Forward(ConfigObject owner, HttpRouteSpec spec, FieldPath path, DestinationTranslator destinations)
    {
        var single = spec.Route.Length == 1;
        var targets = ImmutableArray.CreateBuilder<WeightedDestination>();
        for (var i = 0; i < spec.Route.Length; i++)
        {
            var route = spec.Route[i];
            var at = path.Field("route").Index(i).Field("destination");
            var (host, port, missing) = destinations.Resolve(owner, route.Destination, at, route.Location);

            // A single destination takes everything, whatever its weight; among several, 0 takes nothing.
            if (single || route.Weight > 0)
            {
                targets.Add(
                    new(
                        host,
                        route.Destination.Subset ?? "",
                        port,
                        single ? WholeWeight : (uint)route.Weight,
                        HeaderTranslator.Request(route.Headers),
                        HeaderTranslator.Response(route.Headers),
                        missing,
                        HeaderTranslator.Authority(route.Headers)
                    )
                );
            }
        }

        if (targets.Count == 0)
        {
            return new RuleAction.Invalid("the rule has no destination with a positive weight");
        }

        return new RuleAction.Forward(
            targets.ToImmutable(),
            spec.Rewrite?.UriRegexRewrite is { } regex ? new PathRewrite(regex.Rewrite, regex.Match)
                : spec.Rewrite?.Uri is { } uri ? new PathRewrite(uri, null)
                : null,
            spec.Rewrite?.Authority ?? HeaderTranslator.Authority(spec.Headers),
            spec.Timeout is { } timeout && timeout > TimeSpan.Zero ? timeout : null,
            Retries(spec.Retries)
        )
        {
            Mirrors = MirrorTranslator.Translate(owner, spec.Mirrors, path, destinations),
        };
    }

    // Istio: numbers in retryOn become status codes; conditions left out are the mesh's.
    private static RetryPolicy? Retries(RetrySpec? spec)
    {
        if (spec is null)
        {
            return null;
        }

        var codes = spec
            .RetryOn.Select(condition =>
                int.TryParse(condition, NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : (int?)null
            )
            .OfType<int>()
            .ToImmutableArray();
        var conditions = spec
            .RetryOn.Where(condition => !int.TryParse(condition, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .ToList();
        if (spec.RetryOn.IsEmpty)
        {
            conditions.AddRange(RetryPolicy.DefaultRetryOn);
        }

        if (codes.Length > 0 && !conditions.Contains(RetryPolicy.OnStatusCodes, StringComparer.Ordinal))
        {
            conditions.Add(RetryPolicy.OnStatusCodes);
        }

        return new(
            spec.Attempts,
            spec.PerTryTimeout is { } limit && limit > TimeSpan.Zero ? limit : null,
            [.. conditions],
            codes,
            spec.RetryRemoteLocalities ?? false,
            spec.RetryIgnorePreviousHosts,
            spec.Backoff
        );
    }

    private static ImmutableArray<byte> BodyOf(DirectResponseBodySpec? body) =>
        body?.Text is { } text ? [.. Encoding.UTF8.GetBytes(text)] : body?.Bytes ?? [];
}
