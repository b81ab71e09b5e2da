using System.CommandLine;
using Mesh.Kubernetes;

namespace Mesh.Cli.Install;

/// <summary>A command that holds what <c>install</c> makes against a cluster.</summary>
internal static class ManifestCommand
{
    /// <param name="run">Writes what it finds, and returns the code to exit with.</param>
    public static Command Create(
        string name,
        string description,
        Func<KubernetesClient, IReadOnlyList<Manifest>, TextWriter, CancellationToken, Task<int>> run
    )
    {
        var command = new Command(name, description);
        var cluster = ClusterOption.AddTo(command);
        var options = InstallOptions.AddTo(command);
        command.SetAction(
            (arguments, cancellation) =>
                cluster.WithAsync(arguments, client => run(client, options.Read(arguments), Console.Out, cancellation))
        );
        return command;
    }
}
