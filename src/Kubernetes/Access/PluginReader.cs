using System.Text;
using System.Text.Json.Nodes;

namespace Mesh.Kubernetes.Access;

/// <summary>Reads a user's <c>exec</c> into the <see cref="ExecPlugin"/> that it asks for.</summary>
internal static class PluginReader
{
    /// <param name="cluster">Told to the plugin where it asks for that.</param>
    /// <exception cref="KubeConfigException">There is no command, or it cannot be run by a program without a terminal.</exception>
    public static ExecPlugin Read(KubeConfigEntry exec, string user, KubeConfigEntry cluster, TimeProvider time)
    {
        var command = exec.Text("command") ?? throw exec.Wrong($"user '{user}': exec has no command");
        if (exec.Text("interactiveMode") == "Always")
        {
            throw exec.Wrong(
                $"user '{user}': exec has interactiveMode Always, and nobody is asked anything here; use another user or a token"
            );
        }

        var version = exec.Text("apiVersion") ?? "client.authentication.k8s.io/v1";
        var spec = new JsonObject { ["interactive"] = false };
        if (exec.Flag("provideClusterInfo"))
        {
            spec["cluster"] = Describe(cluster);
        }

        var info = new JsonObject
        {
            ["apiVersion"] = version,
            ["kind"] = "ExecCredential",
            ["spec"] = spec,
        };
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var item in exec.Children("env"))
        {
            environment[item.Text("name") ?? throw exec.Wrong($"user '{user}': an env of exec has no name")] = item.Text("value") ?? "";
        }

        // As client-go: a command with a path is looked for beside the kubeconfig, one without on the PATH.
        var program = command.Contains('/', StringComparison.Ordinal) ? exec.PathOf(command) : command;
        return new ExecPlugin(program, [.. exec.Texts("args")], environment, version, info.ToJsonString(), exec.Text("installHint"), time);
    }

    private static JsonObject Describe(KubeConfigEntry cluster)
    {
        var described = new JsonObject { ["server"] = cluster.Text("server") };
        if (cluster.Pem("certificate-authority") is { } pem)
        {
            described["certificate-authority-data"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(pem));
        }

        foreach (var field in (string[])["tls-server-name", "proxy-url"])
        {
            if (cluster.Text(field) is { } text)
            {
                described[field] = text;
            }
        }

        if (cluster.Flag("insecure-skip-tls-verify"))
        {
            described["insecure-skip-tls-verify"] = true;
        }

        return described;
    }
}
