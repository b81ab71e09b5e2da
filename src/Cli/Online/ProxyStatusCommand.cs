using System.CommandLine;
using System.Text.Json.Nodes;
using Mesh.Cli.Output;

namespace Mesh.Cli.Online;

/// <summary><c>meshctl proxy-status</c>: who is connected, what they hold, who refused what, and which objects are refused.</summary>
internal static class ProxyStatusCommand
{
    private static readonly string[] Types = ["CDS", "LDS", "EDS", "RDS"];

    public static Command Create()
    {
        var controlPlane = MeshPort.Option("--control-plane", "Monitoring port of a control plane", "127.0.0.1:15014");
        var output = OutputFormat.Option(OutputFormat.Table, OutputFormat.Json);
        var command = new Command("proxy-status", "Show which proxies follow the control plane and which refused something.")
        {
            controlPlane,
            output,
        };
        command.SetAction(
            async (arguments, cancel) =>
            {
                if (await MeshPort.ReadAsync(arguments.GetRequiredValue(controlPlane), "/debug/syncz", cancel) is not { } text)
                {
                    return ExitCodes.Failure;
                }

                if (arguments.GetValue(output) == OutputFormat.Json)
                {
                    Console.Out.WriteLine(text);
                    return ExitCodes.Success;
                }

                var clients = JsonNode.Parse(text)!.AsArray().Select(client => client!.AsObject()).ToList();
                TextTable.Write(Console.Out, ["NAME", .. Types, "PROTOCOL", "VERSION"], clients.Select(Row));
                foreach (var line in clients.SelectMany(Refusals))
                {
                    Console.Out.WriteLine(line);
                }

                // What nobody was sent does not show in what anybody holds.
                var refused = await MeshPort.ReadAsync(arguments.GetRequiredValue(controlPlane), "/debug/refused", cancel);
                foreach (var item in JsonNode.Parse(refused ?? "[]")!.AsArray())
                {
                    Console.Out.WriteLine($"{item!["object"]} is refused, {item["inForce"]} is in force instead: {item["problems"]}");
                }

                return ExitCodes.Success;
            }
        );
        return command;
    }

    private static List<string> Row(JsonObject client) =>
        [
            NameOf(client),
            .. Types.Select(type => Text(client["types"]?[type]?["state"]) is { Length: > 0 } state ? state : "-"),
            Text(client["protocol"]),
            Text(client["userAgent"]),
        ];

    private static IEnumerable<string> Refusals(JsonObject client) =>
        from type in Types
        let row = client["types"]?[type]
        where Text(row?["state"]) == "ERROR"
        select $"{NameOf(client)} refused {type} {Text(row!["nackedVersion"])}: {Text(row["nackError"])}";

    private static string NameOf(JsonObject client) =>
        Text(client["pod"]) is { Length: > 0 } pod ? $"{pod}.{Text(client["namespace"])}"
        : Text(client["proxy"]) is { Length: > 0 } id ? id
        : Text(client["peer"]);

    private static string Text(JsonNode? node) => node?.ToString() ?? "";
}
