using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>A name that can be dialled: a Kubernetes Service, or one host of a ServiceEntry.</summary>
/// <param name="Host">Fully qualified, lower case: <c>reviews.default.svc.cluster.local</c>, or the ServiceEntry's host (may start with <c>*.</c>).</param>
/// <param name="Aliases">Further names that mean the same for every client (without the namespace-relative short names, which generation derives).</param>
/// <param name="Addresses">Virtual IPs; empty for headless services.</param>
/// <param name="Visibility">Which client namespaces may see it (exportTo, already resolved).</param>
internal sealed record Service(
    string Host,
    string Namespace,
    ServiceOrigin Origin,
    ServiceResolution Resolution,
    ImmutableArray<string> Aliases,
    ImmutableArray<string> Addresses,
    ImmutableArray<ServicePort> Ports,
    ImmutableArray<ServiceEndpoint> Endpoints,
    Visibility Visibility,
    SourceRef Source
)
{
    /// <summary>The service accounts of the workloads behind it, sorted: <c>namespace/account,namespace/account</c>.</summary>
    internal string Accounts { get; init; } = "";

    /// <summary>Some workload behind it has a sidecar.</summary>
    internal bool HasSidecars { get; init; }

    /// <summary>Names that a ServiceEntry says its servers' certificates have.</summary>
    internal ImmutableArray<string> SubjectAltNames { get; init; } = [];

    /// <summary>Of the services of one host, the one that a namespace means: its own, else the first it may see, else none.</summary>
    internal static Service? Meant(ImmutableArray<Service> candidates, string clientNamespace)
    {
        Service? first = null;
        foreach (var service in candidates)
        {
            if (!service.Visibility.Allows(clientNamespace))
            {
                continue;
            }

            if (string.Equals(service.Namespace, clientNamespace, StringComparison.Ordinal))
            {
                return service;
            }

            first ??= service;
        }

        return first;
    }
}
