using System.Collections.Immutable;
using System.Net;
using Mesh.Proxy;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Http;
using Mesh.Proxy.Routing;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Cli.Explain;

/// <summary>The same where a request arrives: what the destination's own sidecar does with it before the application sees it.</summary>
internal sealed class InboundExplainer(ExplainSource source, ExplainedRequest request, ExplainedClient client, DateTimeOffset now)
{
    private readonly OriginFinder origins = new(source.Files, source.Node);

    /// <param name="source">Of the proxy where the request arrives.</param>
    /// <param name="from"><c>NAMESPACE/POD</c> of the client; empty where nobody said.</param>
    /// <param name="principal">Of the client; null for that of its pod's account.</param>
    /// <param name="now">For the times in tokens.</param>
    /// <exception cref="ArgumentException">The request's head is larger than the proxy takes.</exception>
    public static Explanation Explain(ExplainSource source, ExplainedRequest request, string from, string? principal, DateTimeOffset now) =>
        new InboundExplainer(source, request, ExplainedClient.Of(source.Files, from, principal), now).Explain(from);

    private Explanation Explain(string from)
    {
        var (port, why) = ArrivalPort.Of(source, request);
        var head =
            request.ToHead() ?? throw new ArgumentException($"the request exceeds the {RequestHead.MaxBytes} bytes that a proxy takes");
        var inbound = source.Config.Inbound;
        var listener =
            inbound.Bound.FirstOrDefault(own => own.Address.Port == port) ?? inbound.Find(new IPEndPoint(source.Node.Address, port));
        var start = new Explanation
        {
            Request = request,
            From = from,
            To = $"{source.Node.Namespace}/{source.Node.Pod}",
            Capture = source.Capture.ToString().ToLowerInvariant(),
            Listener = listener is null ? null : new(listener.Name, listener.Address.ToString(), why),
            Action = "refused: nothing takes connections to this port",
            Remarks = source.Refused,
        };
        if (listener is null)
        {
            return start;
        }

        var arrival = Arrival.Of(
            source,
            listener,
            port,
            request.Scheme == "http" ? head : null,
            client,
            client.Encrypts && TakesMutualTls(),
            null,
            now
        );
        var traffic = arrival.Traffic;
        start = start with
        {
            Policies = arrival.Policies,
            Verdict = arrival.Verdict.Text,
            Failure = arrival.Verdict.Failure,
            Action = "refused",
        };
        return request.Scheme == "http" && traffic.Http is not null ? Request(start, traffic, head)
            : traffic.Tcp is null ? start
            : start with
            {
                Action = start.Failure is not null
                    ? "closed"
                    : $"connect to the application{(ReferenceEquals(listener, inbound.Default) ? ": the workload declares no such port" : "")}",
                Destinations = DestinationsOf(traffic.Tcp),
            };
    }

    private Explanation Request(Explanation start, ListenerTraffic traffic, RequestHead head)
    {
        var failure = RequestPlanner.Decide(head, traffic.Http, out var plan);
        var found = RouteExplanation.Of(traffic.Http!, head);
        var route = RouteOf(found);
        return start with
        {
            VirtualHost = found.VirtualHost?.Name,
            Domains = found.VirtualHost?.Domains ?? [],
            Rule = found.Rule is { } rule ? new(rule.Name, Said(rule), Origin.Default) : null,
            Action =
                plan.Forward is null || start.Failure is not null
                    ? "refused"
                    : $"pass to the application as {request.Method} {Target(head)}",
            Failure = start.Failure ?? (failure == Failure.None ? null : FailureOf(failure)),
            Destinations = plan.Forward is { } forward ? DestinationsOf(forward.Destinations) : [],
            Settings = route is null ? [] : RuleSettings.Of(route, null, origins),
            Rejected =
            [
                .. found.Rejected.Select(rejected => new ExplainedRejection(
                    rejected.Rule.Name,
                    rejected.Condition.ToString(),
                    rejected.Found,
                    Origin.Default
                )),
            ],
        };
    }

    // Clients know a peer by its label; of one that is not in the files nobody knows better.
    private bool TakesMutualTls() =>
        source.Files?.Snapshot.WorkloadNamed(source.Node.Namespace, source.Node.Pod) is not { } workload || workload.HasSidecar;

    private ImmutableArray<ExplainedDestination> DestinationsOf(WeightedDestinations destinations) =>
        DestinationExplainer.Of(destinations, null, _ => null, source, origins);

    // Inbound routes stand in the listener itself.
    private Pb.Route? RouteOf(RouteExplanation found) =>
        found.VirtualHost is not { } host || found.Index < 0
            ? null
            : source
                .Resources.Of(TypeUrls.Listener)
                .Values.SelectMany(entry => ((Pb.Listener)entry.Message).FilterChains)
                .SelectMany(chain => chain.Filters)
                .Where(filter => filter.TypedConfig?.Is(Pb.HttpConnectionManager.Descriptor) == true)
                .SelectMany(filter => filter.TypedConfig.Unpack<Pb.HttpConnectionManager>().RouteConfig?.VirtualHosts ?? [])
                .FirstOrDefault(sent => sent.Name == host.Name)
                ?.Routes.ElementAtOrDefault(found.Index);

    private static string Target(RequestHead head) => System.Text.Encoding.Latin1.GetString(head.OriginForm);

    private static string Said(Rule rule) => rule.Conditions.ToString() is { Length: > 0 } conditions ? conditions : "everything";

    private static ExplainedFailure FailureOf(Failure failure)
    {
        var entry = FailureTable.Of(failure);
        return new(ResponseFlagText.Of(entry.Flags), entry.Status, entry.Details);
    }
}
