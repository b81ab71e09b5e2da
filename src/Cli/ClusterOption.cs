using System.CommandLine;
using System.CommandLine.Parsing;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Access;

namespace Mesh.Cli;

/// <summary>Which cluster a command speaks to: found as kubectl finds it.</summary>
internal sealed class ClusterOption
{
    private readonly Option<string> file = new("--kubeconfig");
    private readonly Option<string> context = new("--context") { Description = "Context of the kubeconfig; its current one unless given" };

    private ClusterOption() { }

    /// <param name="description">What the cluster is asked for.</param>
    public static ClusterOption AddTo(
        Command command,
        string description = "How to reach the cluster; else the files that KUBECONFIG lists, else ~/.kube/config, as for kubectl"
    )
    {
        var option = new ClusterOption { file = { Description = description } };
        command.Options.Add(option.file);
        command.Options.Add(option.context);
        return option;
    }

    /// <summary>The user has said which cluster is meant.</summary>
    public bool IsGiven(SymbolResult arguments) => arguments.GetValue(file) is not null || arguments.GetValue(context) is not null;

    /// <exception cref="KubeConfigException">There is no way to the cluster.</exception>
    public KubernetesClient Connect(ParseResult arguments) =>
        new(
            KubeConfig.Find(arguments.GetValue(file), arguments.GetValue(context), EnvironmentArguments.OfProcess(), TimeProvider.System),
            "meshctl"
        );

    /// <summary>Runs a command against the cluster; 1 with the reason where it cannot be asked.</summary>
    public async Task<int> WithAsync(ParseResult arguments, Func<KubernetesClient, Task<int>> run)
    {
        try
        {
            using var client = Connect(arguments);
            return await run(client);
        }
        catch (Exception e) when (KubernetesClient.IsFailure(e, CancellationToken.None))
        {
            Console.Error.WriteLine($"The cluster cannot be asked: {e.Message}");
            return ExitCodes.Failure;
        }
    }
}
