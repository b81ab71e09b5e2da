namespace Mesh.Integration.Tests.Clusters;

/// <summary>A fact that one kind of API server alone can show; with the other it is skipped and says why.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ServerFactAttribute : FactAttribute
{
    /// <param name="isReal">Whether it needs a real server, or the double.</param>
    /// <param name="reason">Why the other will not do.</param>
    public ServerFactAttribute(bool isReal, string reason)
    {
        (IsReal, Reason) = (isReal, reason);
        Skip =
            isReal == (TestCluster.Real is not null) ? null
            : isReal ? $"needs MESH_TEST_KUBECONFIG: {reason}"
            : reason;
    }

    /// <summary>Whether it needs a real server.</summary>
    public bool IsReal { get; }

    /// <summary>Why the other will not do.</summary>
    public string Reason { get; }
}
