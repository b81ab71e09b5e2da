using System.CommandLine;
using System.Text.Json.Nodes;
using Mesh.Cli.Output;
using Mesh.ControlPlane.Model;

namespace Mesh.Cli.Online;

/// <summary><c>meshctl proxy-config</c>: what one proxy holds, as it serves by it.</summary>
internal static class ProxyConfigCommand
{
    private static readonly Dictionary<string, ConfigTable> Kinds = new(StringComparer.Ordinal)
    {
        ["listeners"] = ConfigTables.Listeners,
        ["routes"] = ConfigTables.Routes,
        ["clusters"] = ConfigTables.Clusters,
        ["endpoints"] = ConfigTables.Endpoints,
        ["secrets"] = ConfigTables.Secrets,
    };

    public static Command Create()
    {
        var kind = new Argument<string>("kind") { Description = string.Join(", ", Kinds.Keys) };
        kind.AcceptOnlyFromAmong([.. Kinds.Keys]);
        var proxy = MeshPort.Option("--proxy", "Admin port of a proxy", "127.0.0.1:15000");
        var output = OutputFormat.Option(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        var command = new Command("proxy-config", "Show the listeners, routes, clusters, endpoints or secrets of one proxy.")
        {
            kind,
            proxy,
            output,
        };
        command.SetAction(
            async (arguments, cancel) =>
            {
                var table = Kinds[arguments.GetRequiredValue(kind)];
                if (await MeshPort.ReadAsync(arguments.GetRequiredValue(proxy), $"/config_dump?type={table.Type}", cancel) is not { } text)
                {
                    return ExitCodes.Failure;
                }

                var resources = JsonNode.Parse(text)!["types"]!
                    .AsArray()
                    .SelectMany(type => type!["resources"]!.AsArray())
                    .Select(r => r!.AsObject())
                    .ToList();
                switch (arguments.GetValue(output))
                {
                    case OutputFormat.Json:
                        Console.Out.WriteLine(JsonText.Write(new JsonArray([.. resources.Select(r => r.DeepClone())])));
                        break;
                    case OutputFormat.Yaml:
                        Console.Out.WriteLine(YamlText.Write(new JsonArray([.. resources.Select(r => r.DeepClone())])));
                        break;
                    default:
                        TextTable.Write(
                            Console.Out,
                            table.Header,
                            resources.Where(r => r["resource"] is JsonObject).SelectMany(r => table.Rows(r["resource"]!.AsObject()))
                        );
                        break;
                }

                foreach (var resource in resources.Where(r => r["error"] is not null))
                {
                    await Console.Error.WriteLineAsync($"refused: {resource["name"]} {resource["error"]!["reason"]}");
                }

                return ExitCodes.Success;
            }
        );
        return command;
    }
}
