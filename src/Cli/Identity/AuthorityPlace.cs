using System.CommandLine;
using Mesh.ControlPlane.Identity;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Access;

namespace Mesh.Cli.Identity;

/// <summary>The options that say where an authority is kept: whoever may write there may exchange its root, nobody else.</summary>
internal sealed class AuthorityPlace(TimeProvider time)
{
    private readonly Option<string> directory = new("--ca-dir") { Description = "The control plane's directory with the authority" };
    private readonly Option<string> kubeConfig = new("--kubeconfig")
    {
        Description = "A cluster whose Secret has the authority, instead of --ca-dir",
    };
    private readonly Option<string> context = new("--context") { Description = "Context of the kubeconfig; its current one unless given" };

    private readonly Option<string> ns = new("--namespace")
    {
        Description = "Namespace of the Secret",
        DefaultValueFactory = _ => ControlPlane.Model.MeshSettings.Default.RootNamespace,
    };

    public void AddTo(Command command)
    {
        command.Options.Add(directory);
        command.Options.Add(kubeConfig);
        command.Options.Add(context);
        command.Options.Add(ns);
        command.Validators.Add(result =>
        {
            if (result.GetValue(directory) is null == result.GetValue(kubeConfig) is null)
            {
                result.AddError("give --ca-dir DIR, or --kubeconfig FILE for an authority in a cluster");
            }
        });
    }

    /// <exception cref="KubeConfigException">The kubeconfig cannot be used.</exception>
    public Opened Open(ParseResult arguments)
    {
        if (arguments.GetValue(directory) is { } path)
        {
            return new(new DirectoryAuthorityStore(path), null);
        }

        var client = new KubernetesClient(KubeConfig.Load(arguments.GetValue(kubeConfig)!, arguments.GetValue(context), time), "meshctl");
        return new(new SecretAuthorityStore(client, arguments.GetValue(ns)!), client);
    }

    /// <summary>A store, and the client behind it.</summary>
    internal sealed record Opened(IAuthorityStore Store, KubernetesClient? Client) : IDisposable
    {
        public void Dispose() => Client?.Dispose();
    }
}
