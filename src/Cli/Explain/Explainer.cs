using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Mesh.Config;
using Mesh.ControlPlane.Model;
using Mesh.Proxy;
using Mesh.Proxy.Http;
using Mesh.Proxy.Routing;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;
using RuleAction = Mesh.Proxy.Routing.RuleAction;
using SpecifiedForward = Mesh.ControlPlane.Model.RuleAction.Forward;

namespace Mesh.Cli.Explain;

/// <summary>Decides one request with the proxy's own tables and tells everything that led there. Reads nothing but the lines of the files.</summary>
internal sealed class Explainer
{
    private readonly ExplainSource source;
    private readonly ExplainedRequest request;
    private readonly OriginFinder origins;
    private readonly Labels labels;

    private readonly ArrivalExplainer arrivals;

    private Explainer(ExplainSource source, ExplainedRequest request, string? principal, DateTimeOffset now)
    {
        this.source = source;
        this.request = request;
        arrivals = new(source, principal, now);
        origins = new(source.Files, source.Node);
        labels = source.Files?.Snapshot.WorkloadNamed(source.Node.Namespace, source.Node.Pod)?.Labels ?? Labels.Empty;
    }

    /// <param name="principal">Of the client, for the policies where the request arrives; null for that of its pod's account.</param>
    /// <param name="now">For the times in tokens.</param>
    public static Explanation Explain(ExplainSource source, ExplainedRequest request, string? principal, DateTimeOffset now) =>
        new Explainer(source, request, principal, now).Explain();

    private Explanation Explain()
    {
        var head =
            request.ToHead() ?? throw new ArgumentException($"the request exceeds the {RequestHead.MaxBytes} bytes that a proxy takes");
        var choice = RouteChoice.Of(source, request, DialledAddress.Of(source, request.Host, request.Port), head);
        var start = new Explanation
        {
            Request = request,
            From = $"{source.Node.Namespace}/{source.Node.Pod}",
            Capture = source.Capture.ToString().ToLowerInvariant(),
            Listener = choice.Listener is { } listener ? new(listener.Name, listener.Address.ToString(), choice.Why) : null,
            Action = "",
        };
        return request.Scheme == "http" && (choice.Table is not null || choice.Listener is null or { Tcp: null, Chains: null })
            ? Request(start, choice, head)
            : new ConnectionExplainer(source, request, origins, labels, arrivals).Explain(start, choice.Listener);
    }

    private Explanation Request(Explanation start, RouteChoice choice, RequestHead head)
    {
        var outbound = source.Config.Outbound;
        var security = ReferenceEquals(choice.Table, outbound.ByAuthority) ? outbound.AuthoritySecurity : choice.Listener?.HttpSecurity;
        if (security is not null && !head.TryNormalizePath(security.Form.Path))
        {
            return start with { Action = "refused", Failure = new("DPE", 400, "the path escapes what may not be escaped in it") };
        }

        var failure = RequestPlanner.Decide(head, choice.Table, out var plan);
        // What is refused before any rule is asked has none.
        var found = choice.Table is null || plan.VirtualHost is null ? new(null, -1, []) : RouteExplanation.Of(choice.Table, head);
        var set = found.VirtualHost is { } host ? RoutesOf(host) : null;
        var port = found.VirtualHost is null ? 0 : PortOf(found.VirtualHost);
        var written = set is null ? [] : WrittenMatch.AllOf(set, found.VirtualHost!, port, labels, source.Node.Namespace);
        var route = RouteOf(found.VirtualHost, found.Index);
        var destinations = found.Rule?.Action is RuleAction.Forward forward
            ? DestinationExplainer.Of(
                forward.Destinations,
                route?.Route_?.HashPolicy ?? [],
                cluster => Missing(written.FirstOrDefault(match => match.Served == found.Index)?.Rule, cluster),
                source,
                origins
            )
            : [];
        return start with
        {
            VirtualHost = found.VirtualHost?.Name,
            Domains = found.VirtualHost?.Domains ?? [],
            Rule = found.Rule is null ? null : RuleAt(found.VirtualHost!, found.Index, written),
            Action = ActionOf(found.Rule, plan, head),
            Failure = failure == Failure.None || destinations.Any(to => to.Problem is null) ? null : FailureOf(failure),
            Destinations = destinations,
            Arrivals = plan.Forward is { } forwarded ? arrivals.OfRequest(forwarded.Destinations, plan, head) : [],
            Settings = route is null
                ? []
                : RuleSettings.Of(route, written.FirstOrDefault(match => match.Served == found.Index)?.Rule.DelegatedBy, origins),
            Rejected = Rejected(found, written, port),
            NotAsked = found.Rule is null
                ? []
                : [.. Enumerable.Range(found.Index + 1, found.NotAsked).Select(i => RuleAt(found.VirtualHost!, i, written))],
            Overruled = Overruled.Of(source, HostOf(found.VirtualHost) ?? request.Host, set),
            Remarks = Remarks(set, destinations),
        };
    }

    // The blocks that the proxy does not have stand between those that it has, in the order of the file.
    private ImmutableArray<ExplainedRejection> Rejected(RouteExplanation found, ImmutableArray<WrittenMatch> written, int port)
    {
        var asked = found.Rejected.Select(rejected => RejectedAt(found.VirtualHost!, rejected, written));
        if (written.IsEmpty)
        {
            return [.. asked];
        }

        var byIndex = found.Rejected.ToDictionary(rejected => rejected.Index);
        var all = ImmutableArray.CreateBuilder<ExplainedRejection>();
        foreach (var match in written.TakeWhile(match => match.Served < 0 || match.Served != found.Index))
        {
            if (match.Served >= 0 && byIndex.TryGetValue(match.Served, out var rejected))
            {
                all.Add(RejectedAt(found.VirtualHost!, rejected, written));
            }
            else if (match.Served < 0)
            {
                var (needs, has) = match.Words(port, labels, source.Node.Namespace);
                all.Add(new(match.Name, needs, has, OriginOf(match, ofCondition: true)));
            }
        }

        return all.ToImmutable();
    }

    private ExplainedRejection RejectedAt(VirtualHost host, RejectedRule rejected, ImmutableArray<WrittenMatch> written)
    {
        var rule = RuleAt(host, rejected.Index, written, ofCondition: true);
        return new(rule.Name, rejected.Condition.ToString(), rejected.Found, rule.Origin);
    }

    private ExplainedRule RuleAt(VirtualHost host, int index, ImmutableArray<WrittenMatch> written, bool ofCondition = false)
    {
        var conditions = host.Rules[index].Conditions.ToString();
        var origin =
            written.FirstOrDefault(match => match.Served == index) is { } match ? OriginOf(match, ofCondition)
            : RouteOf(host, index) is { } route && origins.Rule(route) is { } rule ? rule.Origin
            : Origin.Default;
        return new(host.Rules[index].Name, conditions.Length > 0 ? conditions : "everything", origin);
    }

    /// <param name="ofCondition">Where the match is written, rather than the rule that has it.</param>
    private Origin OriginOf(WrittenMatch match, bool ofCondition)
    {
        var from = match.Rule.Source;
        if (origins.Rule(from) is not { } rule)
        {
            return new(new ObjectKey(from.Kind, from.Namespace, from.Name).ToString(), null, from.File, from.Line);
        }

        var (isJoined, isRoots) = (false, false);
        if (match.Rule.DelegatedBy is { } by && origins.Rule(by) is { Spec.Match.IsEmpty: false } root)
        {
            // A delegate's rule without matches takes what the root's takes; with matches, the numbers are those of both.
            isJoined = !rule.Spec.Match.IsEmpty;
            isRoots = !isJoined;
            rule = isRoots && ofCondition ? root : rule;
        }

        var path = match.MatchIndex < 0 || (isRoots && !ofCondition) ? rule.Path : rule.Path.Field("match");
        path = match.MatchIndex < 0 || isJoined || (isRoots && !ofCondition) ? path : path.Index(match.MatchIndex);
        return origins.Field(rule.Owner, path)
            ?? new(rule.Owner.Key.ToString(), path.ToString(), rule.Spec.Location.File, rule.Spec.Location.Line);
    }

    private RouteSet? RoutesOf(VirtualHost host) =>
        source.Files is { } files && HostOf(host) is { } name
            ? files.Snapshot.ViewFor(source.Node.Namespace, labels).RoutesFor(name)
            : null;

    // Virtual hosts are named HOST:PORT; those of unknown hosts have no port.
    private static string? HostOf(VirtualHost? host) =>
        host is not null && host.Name.LastIndexOf(':') is > 0 and var colon ? host.Name[..colon] : null;

    private static int PortOf(VirtualHost host) =>
        int.TryParse(host.Name.AsSpan(host.Name.LastIndexOf(':') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? port
            : 0;

    // The compiler keeps order and number of routes, so the place in the table is the place on the wire.
    private Pb.Route? RouteOf(VirtualHost? host, int index) =>
        host is null || index < 0
            ? null
            : source
                .Resources.Of(TypeUrls.Route)
                .Values.SelectMany(entry => ((Pb.RouteConfiguration)entry.Message).VirtualHosts)
                .FirstOrDefault(sent => sent.Name == host.Name && sent.Domains.SequenceEqual(host.Domains, StringComparer.Ordinal))
                ?.Routes.ElementAtOrDefault(index);

    private static string? Missing(ControlPlane.Model.Rule? rule, string cluster) =>
        rule?.Action is SpecifiedForward forward && ClusterName.TryParse(cluster, out var name)
            ? forward.Destinations.FirstOrDefault(to => to.Host == name.Host && to.Subset == name.Subset)?.Missing
            : null;

    private ImmutableArray<string> Remarks(RouteSet? set, ImmutableArray<ExplainedDestination> destinations)
    {
        var keys = destinations
            .Select(destination => source.Find<Pb.Cluster>(TypeUrls.Cluster, destination.Cluster))
            .OfType<Pb.Cluster>()
            .SelectMany(origins.PolicyObjects)
            .ToHashSet();
        if (set is not null)
        {
            keys.Add(new(set.Source.Kind, set.Source.Namespace, set.Source.Name));
        }

        return
        [
            .. source.Refused,
            .. source
                .Files?.Diagnostics.Where(d =>
                    d.Object is { } key && (IsRefusedRule(d, key) || (d.Severity != DiagnosticSeverity.Info && keys.Contains(key)))
                )
                .Select(d => d.ToString())
                ?? [],
        ];
    }

    // A rule that was refused may be the very one that was expected, and nobody can tell any more what it was for.
    private static bool IsRefusedRule(Diagnostic diagnostic, ObjectKey key) =>
        diagnostic.Severity == DiagnosticSeverity.Error && key.Kind is Kinds.VirtualService or Kinds.DestinationRule;

    private static ExplainedFailure FailureOf(Failure failure)
    {
        var entry = FailureTable.Of(failure);
        var reason = failure switch
        {
            Failure.NoRoute => "no rule takes the request",
            Failure.NoCluster => "the destination of this request does not exist",
            Failure.ClientProtocolError => "no client may send a fragment (#)",
            _ => entry.Details,
        };
        return new(ResponseFlagText.Of(entry.Flags), entry.Status, reason);
    }

    private string ActionOf(Proxy.Routing.Rule? rule, RoutePlan plan, RequestHead head)
    {
        switch (rule?.Action)
        {
            case null:
                return "refused";
            case RuleAction.Forward:
                var target = new byte[RequestHead.MaxBytes];
                var sent = plan.TryWriteTarget(head, target, out var written) ? Encoding.Latin1.GetString(target, 0, written) : "";
                var host = plan.AuthorityRewrite is { } authority ? $" for {authority}" : "";
                return $"forward as {request.Method} {sent}{host}";
            case RuleAction.Redirect redirect:
                var location = new byte[RequestHead.MaxBytes];
                var fits = RedirectLocation.TryWrite(head, redirect, rule.Conditions, location, out var length);
                return $"redirect {redirect.StatusCode} to {(fits ? Encoding.Latin1.GetString(location, 0, length) : "(too long)")}";
            case RuleAction.DirectResponse direct:
                return $"answer {direct.StatusCode} with {direct.Body.Length} bytes";
            default:
                return rule.Action.GetType().Name;
        }
    }
}
