using System.CommandLine;
using System.Text.Json.Nodes;
using Mesh.Cli.Output;
using Mesh.ControlPlane.Delivery;
using Mesh.ControlPlane.Generation;
using Mesh.ControlPlane.Model;
using Mesh.Proxy;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Cli.Offline;

/// <summary><c>meshctl translate</c>: what files mean (the snapshot) and what one node would get (its resources), without a mesh.</summary>
internal static class TranslateCommand
{
    private const string GrpcUserAgent = "gRPC";

    public static Command Create()
    {
        var files = OfflineMesh.FilesOption();
        var (rootNamespace, trustDomain) = OfflineMesh.SettingsOptions();
        var node = new Option<string?>("--node")
        {
            Description = "Also print the resources of this node, sidecar~IP~POD.NAMESPACE~NAMESPACE.svc.cluster.local",
        };
        var targets = new Option<string[]>("--grpc-target")
        {
            Description = "Take the node for a gRPC client without sidecar that dials xds:///HOST:PORT; may be given several times",
        };
        var output = OutputFormat.Option(OutputFormat.Yaml, OutputFormat.Json);
        var command = new Command("translate", "Print the snapshot, the resources of a node and the diagnostics that files lead to.")
        {
            files,
            node,
            targets,
            rootNamespace,
            trustDomain,
            output,
        };
        node.Validators.Add(result =>
        {
            // What names its targets is a library, and may have any name.
            var isLibrary = result.GetResult(targets) is { Implicit: false };
            if (!isLibrary && result.Tokens.Count == 1 && ProxyNode.Parse(result.Tokens[0].Value, out var error) is null)
            {
                result.AddError($"--node: {error}; or name what it dials with --grpc-target");
            }
        });
        command.SetAction(arguments =>
        {
            var settings = MeshSettings.Default with
            {
                RootNamespace = arguments.GetRequiredValue(rootNamespace),
                TrustDomain = arguments.GetRequiredValue(trustDomain),
            };
            var mesh = OfflineMesh.Read(arguments.GetRequiredValue(files), settings);
            var result = new JsonObject { ["snapshot"] = SnapshotDump.ToJson(mesh.Snapshot) };
            if (arguments.GetValue(node) is { } id)
            {
                result["resources"] = Resources(mesh.Snapshot, id, arguments.GetValue(targets) ?? []);
            }

            result["diagnostics"] = new JsonArray([.. mesh.Diagnostics.Select(d => JsonValue.Create(d.ToString()))]);
            Console.Out.WriteLine(arguments.GetValue(output) == OutputFormat.Json ? JsonText.Write(result) : YamlText.Write(result));
            return mesh.Diagnostics.Any(d => d.Severity == Config.DiagnosticSeverity.Error) ? ExitCodes.Failure : ExitCodes.Success;
        });
        return command;
    }

    private static JsonObject Resources(MeshSnapshot snapshot, string id, string[] targets)
    {
        var node = NodeInfo.Parse(new Pb.Node { Id = id, UserAgentName = targets.Length > 0 ? GrpcUserAgent : "" });
        IResourceView view = new ResourceGenerator().Generate(snapshot, changedAt: 0);
        var byType = new JsonObject();
        foreach (var type in view.ResourcesFor(node).Types)
        {
            byType[TypeUrls.ShortName(type.TypeUrl)] = Named(type.All);
        }

        var listeners = targets
            .Select(target => view.TryFind(node, TypeUrls.Listener, target, out var found) ? found : null)
            .OfType<XdsResource>()
            .ToList();
        if (listeners.Count > 0)
        {
            byType[TypeUrls.ShortName(TypeUrls.Listener)] = Named(listeners);
        }

        return byType;
    }

    private static JsonObject Named(IEnumerable<XdsResource> resources)
    {
        var named = new JsonObject();
        foreach (var resource in resources)
        {
            named[resource.Name] = JsonNode.Parse(ResourceJson.Write(resource));
        }

        return named;
    }
}
