using System.Collections.Immutable;
using System.Net;
using System.Text;
using Mesh.Cli.Offline;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Upstream;
using Workload = Mesh.ControlPlane.Model.Workload;

namespace Mesh.Cli.Explain;

/// <summary>What comes of a request, or connection, at the workloads behind its destinations, where the files say who they are.</summary>
/// <param name="source">Of the client's proxy.</param>
/// <param name="principal">Of the client; null for that of its pod's account.</param>
/// <param name="now">For the times in tokens.</param>
internal sealed class ArrivalExplainer(ExplainSource source, string? principal, DateTimeOffset now)
{
    private readonly ExplainedClient _client = ExplainedClient.Of(source.Files, $"{source.Node.Namespace}/{source.Node.Pod}", principal);

    /// <param name="head">As the client's proxy has it, before the rule of <paramref name="plan"/> changes it.</param>
    public ImmutableArray<ExplainedArrival> OfRequest(WeightedDestinations destinations, RoutePlan plan, RequestHead head) =>
        Of(destinations, destination => Sent(plan with { Destination = destination }, head));

    public ImmutableArray<ExplainedArrival> OfConnection(WeightedDestinations destinations) => Of(destinations, _ => null);

    private ImmutableArray<ExplainedArrival> Of(WeightedDestinations destinations, Func<WeightedDestination, RequestHead?> head) =>
        source.Files is not { } files
            ? []
            :
            [
                .. destinations.Destinations.SelectMany(destination =>
                    destination.Cluster is not { } cluster
                        ? []
                        : cluster
                            .Endpoints.Select(endpoint =>
                                (Endpoint: endpoint, Workload: files.Snapshot.WorkloadAt(endpoint.Address.Address.ToString()))
                            )
                            .Where(behind => behind.Workload is not null)
                            // What is asked follows from these; of many equal pods one is looked at.
                            .GroupBy(behind => (behind.Workload!.Namespace, behind.Workload.Labels, behind.Endpoint.Address.Port))
                            .Select(group =>
                                At(files, cluster, group.First().Endpoint, [.. group.Select(behind => behind.Workload!)], head(destination))
                            )
                            .OfType<ExplainedArrival>()
                ),
            ];

    private ExplainedArrival? At(
        OfflineMesh files,
        Cluster cluster,
        Endpoint endpoint,
        ImmutableArray<Workload> workloads,
        RequestHead? head
    )
    {
        var there = OfflineSource.Create(files, workloads[0].Namespace, workloads[0].Name, source.Capture);
        var port = endpoint.Address.Port;
        var inbound = there.Config.Inbound;
        var address = new IPEndPoint(there.Node.Address, port);
        if ((inbound.Bound.FirstOrDefault(own => own.Address.Port == port) ?? inbound.Find(address)) is not { } listener)
        {
            return null;
        }

        var tls = cluster.TransportOf(endpoint).Tls?.Settings;
        var arrival = Arrival.Of(there, listener, port, head, _client, tls is { OwnIdentity: true }, tls?.ServerName, now);
        return new(
            cluster.Name,
            [.. workloads.Select(workload => $"{workload.Namespace}/{workload.Name}").Order(StringComparer.Ordinal)],
            arrival.Policies,
            arrival.Verdict.Text
        );
    }

    // What the client's proxy sends there; values that it fills in for each request are not known.
    private static RequestHead? Sent(RoutePlan plan, RequestHead head)
    {
        var target = new byte[RequestHead.MaxBytes];
        var sent = new RequestHead();
        if (
            !plan.TryWriteTarget(head, target, out var length)
            || !sent.Begin(
                HttpVersionKind.Http11,
                head.Method,
                head.Scheme,
                plan.AuthorityRewrite is { } authority ? Encoding.Latin1.GetBytes(authority) : head.Authority,
                target.AsSpan(0, length)
            )
        )
        {
            return null;
        }

        for (var i = 0; i < head.HeaderCount; i++)
        {
            sent.AddHeader(head.HeaderName(i), head.HeaderValue(i));
        }

        foreach (var edit in (plan.Destination?.RequestEdits.Edits ?? []).Concat(plan.Rule?.RequestEdits.Edits ?? []))
        {
            if (edit.Kind != HeaderEditKind.Add)
            {
                sent.RemoveHeaders(Encoding.Latin1.GetBytes(edit.Name));
            }

            if (edit.Kind != HeaderEditKind.Remove && edit.Format is null)
            {
                sent.AddHeader(edit.Name, edit.Value);
            }
        }

        return sent;
    }
}
