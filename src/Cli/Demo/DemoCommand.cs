using System.CommandLine;
using Mesh.Cli.Processes;
using Spectre.Console;

namespace Mesh.Cli.Demo;

/// <summary><c>meshctl demo</c>: runs the bookshop in a mesh and applies its networking files one after the other while traffic runs.</summary>
internal static class DemoCommand
{
    private const int RequestsPerSecond = 250;

    private static readonly TimeSpan LiveStep = TimeSpan.FromSeconds(12);

    public static Command Create()
    {
        var examples = new Option<DirectoryInfo>("--examples")
        {
            Description = "Directory with base/ and networking/",
            DefaultValueFactory = _ => new DirectoryInfo("examples/bookinfo"),
        };
        var once = new Option<bool>("--once")
        {
            Description = "One pass with a line for each step, then exit; always so when output is not a terminal",
        };
        var requests = new Option<int>("--requests")
        {
            Description = "Requests measured in each step of a pass",
            DefaultValueFactory = _ => 600,
        };
        var subnet = new Option<string>("--subnet")
        {
            Description = "First two octets of the loopback addresses used",
            DefaultValueFactory = _ => "127.1",
        };
        requests.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 100_000)
            {
                result.AddError("--requests must be between 1 and 100000");
            }
        });

        var command = new Command("demo", "Run the bookshop in a mesh on this machine and steer its traffic.")
        {
            examples,
            once,
            requests,
            subnet,
        };
        command.SetAction(
            async (arguments, cancel) =>
            {
                var live = !arguments.GetValue(once) && !Console.IsOutputRedirected;
                try
                {
                    var files = new DemoFiles(arguments.GetRequiredValue(examples).FullName, arguments.GetRequiredValue(subnet));
                    return await RunAsync(files, live, arguments.GetValue(requests), cancel);
                }
                catch (OperationCanceledException) when (cancel.IsCancellationRequested)
                {
                    return live ? ExitCodes.Success : ExitCodes.Failure;
                }
                catch (Exception problem) when (problem is TimeoutException or InvalidOperationException or IOException)
                {
                    await Console.Error.WriteLineAsync(problem.Message);
                    return ExitCodes.Failure;
                }
            }
        );
        return command;
    }

    private static async Task<int> RunAsync(DemoFiles files, bool live, int requests, CancellationToken cancel)
    {
        Console.WriteLine($"starting a control plane and {files.Pods.Count} workloads with a sidecar each");
        await using var mesh = new DemoMesh(files, MeshBinaries.BesideThis);
        await mesh.StartAsync(cancel);
        await mesh.ApplyAsync(files.Steps[0], cancel);

        using var driver = new TrafficDriver(mesh.ProductPageUrl, RequestsPerSecond);
        using var driving = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var traffic = driver.RunAsync(driving.Token);
        var passed = live ? await LiveAsync(files, mesh, driver, cancel) : await OnceAsync(files, mesh, driver, requests, cancel);
        await driving.CancelAsync();
        await traffic;
        return passed ? ExitCodes.Success : ExitCodes.Failure;
    }

    private static async Task<bool> OnceAsync(DemoFiles files, DemoMesh mesh, TrafficDriver driver, int requests, CancellationToken cancel)
    {
        var passed = true;
        foreach (var step in files.Steps)
        {
            // What fails while the change is under way counts against the step that brought it.
            var failedBefore = driver.Failures.Count;
            if (step != files.Steps[0])
            {
                await mesh.ApplyAsync(step, cancel);
            }

            var count = driver.Count = new ShareCount();
            await Wait.UntilAsync(
                $"{requests} requests in step {step.Name}",
                TimeSpan.FromSeconds(30),
                () => Task.FromResult(count.Requests + driver.Failures.Count - failedBefore >= requests),
                cancel
            );

            var failures = driver.Failures.Skip(failedBefore).ToList();
            Console.WriteLine(step.Report(count, failures.Count));
            if (failures.Count > 0)
            {
                Console.WriteLine($"  first failure: {failures[0]}");
            }

            passed &= step.Accepts(count, failures.Count);
        }

        return passed;
    }

    private static async Task<bool> LiveAsync(DemoFiles files, DemoMesh mesh, TrafficDriver driver, CancellationToken cancel)
    {
        await AnsiConsole
            .Live(new Markup("starting"))
            .StartAsync(async view =>
            {
                for (var i = 0; !cancel.IsCancellationRequested; i++)
                {
                    var step = files.Steps[i % files.Steps.Count];
                    if (i > 0)
                    {
                        await mesh.ApplyAsync(step, cancel);
                    }

                    var count = driver.Count = new ShareCount();
                    using var refresh = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
                    for (var shown = TimeSpan.Zero; shown < LiveStep; shown += refresh.Period)
                    {
                        view.UpdateTarget(DemoView.Render(step, count, driver.Failures));
                        await refresh.WaitForNextTickAsync(cancel);
                    }
                }
            });
        return true;
    }
}
