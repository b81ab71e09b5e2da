using System.CommandLine;
using System.Text.Json.Nodes;
using Mesh.Cli.Output;

namespace Mesh.Cli.Online;

/// <summary><c>meshctl mtls check</c>: who still sends plaintext, from the statistics of running proxies, before STRICT cuts anybody off.</summary>
internal static class MtlsCommand
{
    private const string MetricsPage = "/stats/prometheus";

    public static Command Create() => new("mtls", "Look at the encryption between workloads.") { Check() };

    private static Command Check()
    {
        var controlPlane = new Option<string?>("--control-plane")
        {
            Description = "Monitoring port of a control plane, such as 127.0.0.1:15014: asks all proxies that follow it and names pods",
        };
        var proxies = new Option<string[]>("--proxy")
        {
            Description = "Metrics port of a proxy, such as 10.0.0.7:15090; several may be given",
            AllowMultipleArgumentsPerToken = true,
        };
        var metricsPort = new Option<int>("--metrics-port")
        {
            Description = "Port at which the proxies of --control-plane show their metrics",
            DefaultValueFactory = _ => 15090,
        };
        var during = new Option<TimeSpan>("--during")
        {
            Description =
                "Count only what happens while the command runs for so long, such as 00:01:00; 0, the default, counts since each proxy started",
        };
        var output = OutputFormat.Option(OutputFormat.Table, OutputFormat.Json);
        var command = new Command(
            "check",
            "List who still sends plaintext to ports that take mutual TLS. Exits with 1 where somebody does: STRICT would cut them off."
        )
        {
            controlPlane,
            proxies,
            metricsPort,
            during,
            output,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(controlPlane) is null && result.GetResult(proxies) is null)
            {
                result.AddError("give --control-plane HOST:PORT, or --proxy HOST:PORT");
            }
        });
        command.SetAction(
            async (arguments, cancel) =>
            {
                var names = new Dictionary<string, string>(StringComparer.Ordinal);
                var ports = (arguments.GetValue(proxies) ?? []).ToDictionary(port => port, port => port, StringComparer.Ordinal);
                if (arguments.GetValue(controlPlane) is { } monitoring)
                {
                    if (await MeshPort.ReadAsync(monitoring, "/debug/syncz", cancel) is not { } clients)
                    {
                        return ExitCodes.Usage;
                    }

                    foreach (var (address, name) in NodesIn(clients))
                    {
                        names[address] = name;
                        ports.TryAdd(
                            $"{(address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address)}:{arguments.GetValue(metricsPort)}",
                            name
                        );
                    }
                }

                var span = arguments.GetValue(during);
                var before = span > TimeSpan.Zero ? await ReadAsync(ports, cancel) : null;
                if (span > TimeSpan.Zero)
                {
                    await Task.Delay(span, cancel);
                }

                if (await ReadAsync(ports, cancel) is not { } now || (span > TimeSpan.Zero && before is null))
                {
                    // Who was not asked could be the one.
                    return ExitCodes.Usage;
                }

                var senders = PlaintextReport.Of(now, before, names);
                PlaintextReport.Write(Console.Out, senders, now, before, arguments.GetValue(output) == OutputFormat.Json);
                return senders.Length == 0 ? ExitCodes.Success : ExitCodes.Failure;
            }
        );
        return command;
    }

    // Null where one could not be read, which is said.
    private static async Task<List<(string Proxy, PrometheusSample Sample)>?> ReadAsync(
        Dictionary<string, string> ports,
        CancellationToken cancel
    )
    {
        var samples = new List<(string, PrometheusSample)>();
        foreach (var (port, name) in ports)
        {
            if (await MeshPort.ReadAsync(port, MetricsPage, cancel) is not { } text)
            {
                return null;
            }

            samples.AddRange(PrometheusSample.In(text).Select(sample => (name, sample)));
        }

        return samples;
    }

    /// <summary>Sidecars as the control plane knows them: <c>sidecar~ADDRESS~POD.NAMESPACE~DOMAIN</c>.</summary>
    private static IEnumerable<(string Address, string Name)> NodesIn(string clients) =>
        from client in JsonNode.Parse(clients)!.AsArray()
        let parts = (client!["proxy"]?.ToString() ?? "").Split('~')
        where parts is ["sidecar", _, _, _]
        select (parts[1], parts[2]);
}
