using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;

namespace Mesh.Bench;

/// <summary>Fails the run where a benchmark of the category <see cref="Category"/> allocated, or where one did not run.</summary>
internal static class AllocationGate
{
    /// <summary>Marks what must not allocate.</summary>
    public const string Category = "0 B";

    // No object is smaller; the runtime's own background allocations, spread over the operations, come out below it.
    private const long SmallestObject = 24;

    public static bool Passes(IEnumerable<Summary> summaries)
    {
        var passes = true;
        foreach (var summary in summaries)
        {
            foreach (var report in summary.Reports)
            {
                var allocated = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase);
                if (!report.Success)
                {
                    ConsoleLogger.Default.WriteLineError($"{report.BenchmarkCase.DisplayInfo}: did not run");
                    passes = false;
                }
                else if (report.BenchmarkCase.Descriptor.HasCategory(Category) && allocated >= SmallestObject)
                {
                    ConsoleLogger.Default.WriteLineError(
                        $"{report.BenchmarkCase.DisplayInfo}: allocated {allocated} B an operation, must be 0"
                    );
                    passes = false;
                }
            }

            passes &= !summary.HasCriticalValidationErrors && summary.Reports.Length > 0;
        }

        return passes;
    }
}
