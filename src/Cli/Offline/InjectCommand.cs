using System.CommandLine;
using System.Text;
using System.Text.Json;
using Mesh.Injector;
using Mesh.Injector.Cluster;
using Mesh.Injector.Deciding;
using Mesh.Injector.Files;
using Mesh.Injector.Settings;
using Mesh.Kubernetes;

namespace Mesh.Cli.Offline;

/// <summary><c>meshctl inject</c>: puts the sidecar into the pods of files, by the same pure function as the webhook.</summary>
internal static class InjectCommand
{
    private const string StandardInput = "-";

    public static Command Create()
    {
        var files = new Option<string[]>("--filename", "-f")
        {
            Description = "File with YAML or JSON objects, - for standard input; may be given several times",
            Required = true,
        };
        files.Validators.Add(result =>
        {
            foreach (var path in result.GetValueOrDefault<string[]>() ?? [])
            {
                if (path != StandardInput && !File.Exists(path))
                {
                    result.AddError($"-f {path}: there is no such file");
                }
            }
        });
        var ns = new Option<string>("--namespace", "-n")
        {
            Description = "Namespace of objects that name none",
            DefaultValueFactory = _ => "default",
        };
        var settings = Existing("--settings", "YAML with what holds for every injected pod, as the injector's --settings");
        var revision = new Option<string>("--revision")
        {
            Description = "Revision of the mesh to inject for",
            DefaultValueFactory = _ => MeshLabels.DefaultRevision,
        };
        var native = new Option<bool?>("--native-sidecar")
        {
            Description =
                "Whether the cluster knows sidecars among init containers (Kubernetes 1.29); needed only where no cluster is asked",
        };
        var command = new Command(
            "inject",
            "Print files with the sidecar in their pods, as the webhook would put it there. Exits with 1 if a pod cannot be injected."
        )
        {
            files,
            ns,
            settings,
            revision,
            native,
        };
        var cluster = ClusterOption.AddTo(
            command,
            "Ask this cluster for its version and its namespaces' labels; without it and --context no cluster is asked, and namespaces count as opted in"
        );
        command.SetAction(
            async (arguments, cancellation) =>
            {
                if (!TrySettings(arguments.GetValue(settings), out var injection))
                {
                    return ExitCodes.Failure;
                }

                injection = injection with
                {
                    Revisions = new(arguments.GetRequiredValue(revision), []),
                    ServerIsNative = arguments.GetValue(native),
                };
                IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> namespaces =
                    new Dictionary<string, IReadOnlyDictionary<string, string>>();
                if (cluster.IsGiven(arguments.CommandResult))
                {
                    try
                    {
                        using var client = cluster.Connect(arguments);
                        namespaces = await NamespacesAsync(client, cancellation);
                        injection = injection with
                        {
                            ServerIsNative = arguments.GetValue(native) ?? await IsNativeAsync(client, cancellation),
                        };
                    }
                    catch (Exception e) when (KubernetesClient.IsFailure(e, CancellationToken.None))
                    {
                        Console.Error.WriteLine($"The cluster cannot be asked: {e.Message}");
                        return ExitCodes.Failure;
                    }
                }
                else if (injection is { ServerIsNative: null, Settings.NativeSidecars: NativeSidecars.Auto })
                {
                    Console.Error.WriteLine(
                        "No cluster is asked: sidecars are classic; give --kubeconfig, or --native-sidecar true for Kubernetes 1.29 and later"
                    );
                }

                return Write(arguments.GetRequiredValue(files), arguments.GetRequiredValue(ns), injection, namespaces);
            }
        );
        return command;
    }

    private static Option<string?> Existing(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !File.Exists(result.Tokens[0].Value))
            {
                result.AddError($"{name} {result.Tokens[0].Value}: there is no such file");
            }
        });
        return option;
    }

    private static bool TrySettings(string? path, out PodInjection injection)
    {
        var (settings, problems) = SettingsReader.Read(path is null ? "" : File.ReadAllText(path));
        foreach (var problem in problems)
        {
            Console.Error.WriteLine($"{path}: {problem}");
        }

        injection = new(settings, Revisions.Default, null);
        return problems.Length == 0;
    }

    private static int Write(
        string[] files,
        string ns,
        PodInjection injection,
        IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> namespaces
    )
    {
        var output = new StringBuilder();
        var problems = 0;
        foreach (var file in files)
        {
            var content = file == StandardInput ? Console.In.ReadToEnd() : File.ReadAllText(file);
            var injected = InjectedFile.Make(file, content, ns, injection, namespaces);
            foreach (var line in injected.Problems.Concat(injected.Notes))
            {
                Console.Error.WriteLine(line);
            }

            problems += injected.Problems.Length;
            output.Append(output.Length > 0 ? "---\n" : "").Append(injected.Text);
        }

        // Half of a file must not be applied.
        if (problems == 0)
        {
            Console.Out.Write(output);
        }

        return problems == 0 ? ExitCodes.Success : ExitCodes.Failure;
    }

    private static async Task<Dictionary<string, IReadOnlyDictionary<string, string>>> NamespacesAsync(
        KubernetesClient client,
        CancellationToken cancellation
    )
    {
        var namespaces = new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        string? continuation = null;
        do
        {
            var page = await client.ListAsync(NamespaceLookup.Resource, null, ListOptions.All, continuation, cancellation);
            foreach (var item in page.Items)
            {
                using var json = JsonDocument.Parse(item.Json);
                namespaces[item.Name] = ObjectLabels.Of(json.RootElement);
            }

            continuation = page.Continuation;
        } while (continuation is not null);

        return namespaces;
    }

    private static async Task<bool> IsNativeAsync(KubernetesClient client, CancellationToken cancellation)
    {
        using var answer = await client.CallAsync(HttpMethod.Get, "version", null, cancellation);
        return ServerVersion.Supports(
            answer.RootElement.GetProperty("major").GetString(),
            answer.RootElement.GetProperty("minor").GetString()
        );
    }
}
