using System.CommandLine;
using Mesh.Kubernetes;

namespace Mesh.Cli.Install;

/// <summary><c>meshctl install</c>: prints the objects that make a mesh, or applies them to a cluster.</summary>
internal static class InstallCommand
{
    private const string Manager = "meshctl";

    public static Command Create()
    {
        var apply = new Option<bool>("--apply")
        {
            Description = "Apply the objects to the cluster instead of printing them; definitions that it has already are left alone",
        };
        var command = new Command(
            "install",
            "Print the objects that make a mesh, for kubectl apply --server-side -f -, or apply them. Exits with 1 where the cluster refuses one."
        )
        {
            apply,
        };
        var cluster = ClusterOption.AddTo(command);
        var options = InstallOptions.AddTo(command);
        command.SetAction(
            async (arguments, cancellation) =>
            {
                var manifests = options.Read(arguments);
                if (arguments.GetValue(apply))
                {
                    return await cluster.WithAsync(arguments, client => ApplyAsync(client, manifests, Console.Out, cancellation));
                }

                Console.Out.Write(string.Join("---\n", manifests.Select(manifest => manifest.Yaml)));
                return ExitCodes.Success;
            }
        );
        return command;
    }

    /// <summary>All of them, also after one was refused, so that the user sees every reason at once.</summary>
    public static async Task<int> ApplyAsync(
        KubernetesClient client,
        IReadOnlyList<Manifest> manifests,
        TextWriter output,
        CancellationToken cancellation
    )
    {
        var refused = 0;
        foreach (var manifest in manifests)
        {
            try
            {
                if (manifest.IsDefinition && await client.GetAsync(manifest.Resource, null, manifest.Name, cancellation) is not null)
                {
                    output.WriteLine($"{manifest}: left as it is");
                    continue;
                }

                await client.ApplyAsync(
                    manifest.Resource,
                    manifest.Namespace,
                    manifest.Name,
                    manifest.Json,
                    Manager,
                    force: true,
                    cancellation: cancellation
                );
                output.WriteLine($"{manifest}: applied");
            }
            catch (ApiException e)
            {
                refused++;
                output.WriteLine($"{manifest}: refused: {e.Message}");
            }
        }

        output.WriteLine(
            refused == 0
                ? $"{manifests.Count} objects are in place; meshctl verify-install waits for nothing but tells what is running"
                : $"{refused} of {manifests.Count} objects were refused"
        );
        return refused == 0 ? ExitCodes.Success : ExitCodes.Failure;
    }
}
