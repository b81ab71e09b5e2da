using BenchmarkDotNet.Loggers;

namespace Mesh.Bench;

/// <summary>Prints the result table and what goes wrong, not the course of each measurement.</summary>
internal sealed class SummaryLogger : ILogger
{
    public string Id => nameof(SummaryLogger);

    public int Priority => 0;

    public void Write(LogKind logKind, string text)
    {
        if (logKind is LogKind.Statistic or LogKind.Error or LogKind.Result)
        {
            Console.Write(text);
        }
    }

    public void WriteLine() => Console.WriteLine();

    public void WriteLine(LogKind logKind, string text) => Write(logKind, text + Environment.NewLine);

    public void Flush() => Console.Out.Flush();
}
