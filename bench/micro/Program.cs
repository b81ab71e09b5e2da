using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using Mesh.Bench;
using Perfolizer.Horology;

// dotnet run -c Release --project bench/micro -- [--short] [--filter PATTERN]
var job = Job.Default.WithToolchain(InProcessNoEmitToolchain.Instance);
if (args.Contains("--short"))
{
    job = job.WithLaunchCount(1).WithWarmupCount(3).WithIterationCount(5).WithIterationTime(TimeInterval.FromMilliseconds(100));
}

var config = ManualConfig
    .CreateEmpty()
    .AddJob(job)
    .AddDiagnoser(MemoryDiagnoser.Default)
    .AddColumnProvider(DefaultColumnProviders.Instance)
    .AddLogger(new ErrorLogger())
    .WithArtifactsPath(Path.Combine("artifacts", "bench"));

string[] chosen = [.. args.Where(arg => arg != "--short")];
var summaries = BenchmarkSwitcher
    .FromAssembly(typeof(RouteMatch).Assembly)
    .Run(chosen.Length > 0 ? chosen : ["--filter", "*"], config)
    .ToArray();
foreach (var summary in summaries)
{
    MarkdownExporter.Console.ExportToLog(summary, ConsoleLogger.Default);
}

return AllocationGate.Passes(summaries) ? 0 : 1;
