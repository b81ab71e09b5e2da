using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mesh.Cli.Offline;
using Mesh.Cli.Online;
using Mesh.Cli.Output;
using Mesh.ControlPlane.Model;
using Mesh.Proxy;

namespace Mesh.Cli.Explain;

/// <summary><c>meshctl explain</c>: which rule takes a request, from which file and line, why the others did not, and what is in force for it.</summary>
internal static class ExplainCommand
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        NewLine = "\n",
    };

    public static Command Create()
    {
        var files = OfflineMesh.FilesOption();
        files.Required = false;
        var proxy = MeshPort.Option(
            "--proxy",
            "Admin port of the client's proxy; with -f too, fields and lines are looked up there",
            "127.0.0.1:15000"
        );
        proxy.Required = false;
        var (rootNamespace, trustDomain) = OfflineMesh.SettingsOptions();
        var from = new Option<string?>("--from") { Description = "The client's pod, NAMESPACE/POD; needed without --proxy" };
        var to = new Option<string?>("--to")
        {
            Description = "Tell what happens where the request arrives: at the sidecar of this pod, NAMESPACE/POD",
        };
        var principal = new Option<string?>("--principal")
        {
            Description =
                "Who the client is to policies, such as cluster.local/ns/shop/sa/web; without, the account of --from in the files",
        };
        var headers = new Option<string[]>("--header", "-H")
        {
            Description = "A header of the request, 'name: value'; may be given several times",
        };
        var capture = new Option<string>("--capture")
        {
            Description = "How the client's connections reach its proxy without --proxy: none or redirect",
            DefaultValueFactory = _ => "none",
        };
        capture.AcceptOnlyFromAmong("none", "redirect");
        var output = OutputFormat.Option(OutputFormat.Text, OutputFormat.Json);
        var method = new Argument<string>("method") { Description = "Such as GET; TCP for a connection" };
        var url = new Argument<string>("url") { Description = "http://HOST[:PORT]/PATH, tcp://HOST:PORT or tls://SERVERNAME:PORT" };
        var command = new Command(
            "explain",
            "Tell what happens to a request: its rule, why no other, its destinations, and what is in force."
        )
        {
            method,
            url,
            files,
            proxy,
            from,
            to,
            principal,
            headers,
            capture,
            rootNamespace,
            trustDomain,
            output,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(files) is null && result.GetResult(proxy) is null)
            {
                result.AddError("say what to ask: -f DIR (files) or --proxy HOST:PORT (a running proxy)");
            }

            if (result.GetResult(proxy) is null && result.GetValue(from) is null && result.GetValue(to) is null)
            {
                result.AddError("--from NAMESPACE/POD is required: whose request is it?");
            }

            foreach (var (option, pod) in new[] { ("--from", result.GetValue(from)), ("--to", result.GetValue(to)) })
            {
                if (pod is not null && pod.Split('/') is not [{ Length: > 0 }, { Length: > 0 }])
                {
                    result.AddError($"{option} '{pod}' is not NAMESPACE/POD");
                }
            }

            if (result.GetValue(principal) is { } identity && ExplainedClient.Parse(identity) is null)
            {
                result.AddError($"--principal '{identity}' is no identity; write TRUSTDOMAIN/ns/NAMESPACE/sa/ACCOUNT");
            }

            if (
                result.GetValue(method) is { } verb
                && result.GetValue(url) is { } address
                && ExplainedRequest.Parse(verb, address, result.GetValue(headers) ?? [], out var error) is null
            )
            {
                result.AddError(error!);
            }
        });
        command.SetAction(
            async (arguments, cancel) =>
            {
                var settings = MeshSettings.Default with
                {
                    RootNamespace = arguments.GetRequiredValue(rootNamespace),
                    TrustDomain = arguments.GetRequiredValue(trustDomain),
                };
                var mesh = arguments.GetValue(files) is { Length: > 0 } paths ? OfflineMesh.Read(paths, settings) : null;
                var client = arguments.GetValue(from);
                var arrival = arguments.GetValue(to);
                var pod = (arrival ?? client)?.Split('/');
                var source = arguments.GetValue(proxy) is { } port
                    ? await OnlineSource.ReadAsync(port, mesh, cancel)
                    : OfflineSource.Create(mesh!, pod![0], pod[1], Enum.Parse<CaptureMode>(arguments.GetValue(capture)!, ignoreCase: true));
                if (source is null)
                {
                    return ExitCodes.Failure;
                }

                if (arrival is not null && arrival != $"{source.Node.Namespace}/{source.Node.Pod}")
                {
                    await Console.Error.WriteLineAsync(
                        $"the proxy is that of {source.Node.Namespace}/{source.Node.Pod}, not of {arrival}; ask the proxy where the request arrives"
                    );
                    return ExitCodes.Failure;
                }

                if (pod is not null && mesh is not null && mesh.Snapshot.WorkloadNamed(pod[0], pod[1]) is null)
                {
                    await Console.Error.WriteLineAsync(
                        $"there is no Pod or WorkloadEntry {pod[0]}/{pod[1]} in the files; taken as one without labels and ports"
                    );
                }

                var request = ExplainedRequest.Parse(
                    arguments.GetRequiredValue(method),
                    arguments.GetRequiredValue(url),
                    arguments.GetValue(headers) ?? [],
                    out _
                );
                var explanation = arrival is null
                    ? Explainer.Explain(source, request!, arguments.GetValue(principal), TimeProvider.System.GetUtcNow())
                    : InboundExplainer.Explain(
                        source,
                        request!,
                        client ?? "",
                        arguments.GetValue(principal),
                        TimeProvider.System.GetUtcNow()
                    );
                if (arguments.GetValue(output) == OutputFormat.Json)
                {
                    Console.Out.WriteLine(ToJson(explanation));
                }
                else
                {
                    ExplanationText.Write(Console.Out, explanation);
                }

                return ExitCodes.Success;
            }
        );
        return command;
    }

    public static string ToJson(Explanation explanation) => JsonSerializer.Serialize(explanation, Json);
}
