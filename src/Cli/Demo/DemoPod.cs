namespace Mesh.Cli.Demo;

/// <summary>One workload of the demo: an application on an address of its own and the sidecar that stands for it at the pod's address.</summary>
/// <param name="Address">Where the mesh finds the pod: the sidecar listens here.</param>
/// <param name="AppAddress">Where the application listens; only its sidecar calls it.</param>
internal sealed record DemoPod(
    string Namespace,
    string Name,
    string App,
    string Version,
    string ServiceAccount,
    string Address,
    string AppAddress
)
{
    public string NodeId => $"sidecar~{Address}~{Name}.{Namespace}~{Namespace}.svc.cluster.local";

    public string Outbound => $"{Address}:15001";

    public string Admin => $"{Address}:15000";
}
