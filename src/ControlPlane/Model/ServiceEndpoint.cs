namespace Mesh.ControlPlane.Model;

/// <summary>One address behind one port of a service.</summary>
/// <param name="ServicePortNumber">The service port it serves (a key into <see cref="Service.Ports"/>).</param>
/// <param name="Address">IP literal; a DNS name where the service's resolution is <see cref="ServiceResolution.Dns"/>.</param>
/// <param name="Port">The port at that address.</param>
/// <param name="Health">Unready endpoints are listed with their state so that a proxy can explain their absence.</param>
/// <param name="Workload">The pod or workload entry behind it, null for bare addresses.</param>
internal sealed record ServiceEndpoint(
    int ServicePortNumber,
    string Address,
    int Port,
    uint Weight,
    EndpointHealth Health,
    Locality Locality,
    Labels Labels,
    Workload? Workload
)
{
    /// <summary>Its own DNS name, such as <c>db-0.db.default.svc.cluster.local</c>; null where it has none. Of headless services only.</summary>
    public string? HostName { get; init; }
}
