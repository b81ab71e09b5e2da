using System.CommandLine;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Access;

namespace Mesh.Cli.Install;

/// <summary>Which cluster a command speaks to.</summary>
internal static class ClusterOption
{
    private const string HomePrefix = "~/";

    public static Option<string> Create()
    {
        var option = new Option<string>("--kubeconfig")
        {
            Description = "How to reach the cluster; its current context is used",
            DefaultValueFactory = _ => HomePrefix + ".kube/config",
        };
        return option;
    }

    /// <summary>Runs a command against the cluster; 1 with the reason where it cannot be asked.</summary>
    public static async Task<int> WithAsync(string kubeConfig, Func<KubernetesClient, Task<int>> run)
    {
        var file = kubeConfig.StartsWith(HomePrefix, StringComparison.Ordinal)
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), kubeConfig[HomePrefix.Length..])
            : kubeConfig;
        try
        {
            using var client = new KubernetesClient(KubeConfig.Load(file, null, TimeProvider.System), "meshctl");
            return await run(client);
        }
        catch (Exception e) when (KubernetesClient.IsFailure(e))
        {
            Console.Error.WriteLine($"--kubeconfig {kubeConfig}: {e.Message}");
            return ExitCodes.Failure;
        }
    }
}
