namespace Mesh.Proxy.Upstream;

/// <summary>Who a workload is, as metrics and logs name it; unknown parts are <c>unknown</c> as in Istio.</summary>
internal sealed record WorkloadInfo(string Name, string Namespace, string App, string Version, string Cluster)
{
    public static WorkloadInfo Unknown { get; } = new("unknown", "unknown", "unknown", "unknown", "unknown");
}
