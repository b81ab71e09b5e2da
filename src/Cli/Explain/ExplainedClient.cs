using System.Net;
using Mesh.Cli.Offline;
using Mesh.ControlPlane.Model;
using Mesh.Proxy.Security;

namespace Mesh.Cli.Explain;

/// <summary>Whose request it is, as far as the sidecar where it arrives can tell.</summary>
/// <param name="Identity">What its sidecar would show in mutual TLS; null where nobody knows.</param>
/// <param name="Encrypts">It has a sidecar, so that it uses mutual TLS where that is taken.</param>
/// <param name="Origin">Who says so.</param>
internal sealed record ExplainedClient(PeerIdentity? Identity, IPAddress Address, bool Encrypts, Origin Origin)
{
    private static readonly Origin Nobody = new("say --from with -f, or --principal", null, null, null);

    /// <param name="pod"><c>NAMESPACE/POD</c>; empty where nobody said.</param>
    /// <param name="principal">As policies write it, such as <c>cluster.local/ns/shop/sa/web</c>; wins over the pod's account.</param>
    public static ExplainedClient Of(OfflineMesh? files, string pod, string? principal)
    {
        var workload = pod.Split('/') is [var ns, var name] ? files?.Snapshot.WorkloadNamed(ns, name) : null;
        var address = IPAddress.TryParse(workload?.Addresses.FirstOrDefault(), out var own) ? own : IPAddress.None;
        return principal is not null ? new(Parse(principal), address, true, new("--principal", null, null, null))
            : workload is null ? new(null, address, false, Nobody)
            : new(
                Parse($"{files!.Snapshot.Settings.TrustDomain}/ns/{workload.Namespace}/sa/{workload.ServiceAccount}"),
                address,
                workload.HasSidecar,
                OriginOf(workload.Source)
            );
    }

    /// <summary>Null where it is no principal.</summary>
    public static PeerIdentity? Parse(string principal) =>
        PeerIdentity.Parse("spiffe://" + principal) is { Namespace: not null } identity ? identity : null;

    private static Origin OriginOf(SourceRef source) =>
        new($"{source.Kind} {source.Namespace}/{source.Name}", null, source.File, source.Line);
}
