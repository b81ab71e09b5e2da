using System.CommandLine;
using Mesh.ControlPlane.Identity;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Access;

namespace Mesh.Cli.Identity;

/// <summary>The options that say where an authority is kept: whoever may write there may exchange its root, nobody else.</summary>
internal sealed class AuthorityPlace
{
    private readonly Option<string> directory = new("--ca-dir")
    {
        Description = "The control plane's directory with the authority, instead of a Secret in a cluster",
    };

    private readonly Option<string> ns = new("--namespace")
    {
        Description = "Namespace of the Secret",
        DefaultValueFactory = _ => ControlPlane.Model.MeshSettings.Default.RootNamespace,
    };

    private readonly ClusterOption cluster;

    private AuthorityPlace(Command command)
    {
        command.Options.Add(directory);
        cluster = ClusterOption.AddTo(command);
        command.Options.Add(ns);
        command.Validators.Add(result =>
        {
            if (result.GetValue(directory) is not null && cluster.IsGiven(result))
            {
                result.AddError("--ca-dir and a cluster (--kubeconfig, --context) exclude each other; give one");
            }
        });
    }

    public static AuthorityPlace AddTo(Command command) => new(command);

    /// <exception cref="KubeConfigException">The kubeconfig cannot be used.</exception>
    public Opened Open(ParseResult arguments)
    {
        if (arguments.GetValue(directory) is { } path)
        {
            return new(new DirectoryAuthorityStore(path), null);
        }

        var client = cluster.Connect(arguments);
        return new(new SecretAuthorityStore(client, arguments.GetValue(ns)!), client);
    }

    /// <summary>A store, and the client behind it.</summary>
    internal sealed record Opened(IAuthorityStore Store, KubernetesClient? Client) : IDisposable
    {
        public void Dispose() => Client?.Dispose();
    }
}
