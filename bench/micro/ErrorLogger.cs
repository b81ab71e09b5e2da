using BenchmarkDotNet.Loggers;

namespace Mesh.Bench;

/// <summary>Prints what goes wrong, not the course of each measurement; the tables are printed at the end.</summary>
internal sealed class ErrorLogger : ILogger
{
    public string Id => nameof(ErrorLogger);

    public int Priority => 0;

    public void Write(LogKind logKind, string text)
    {
        if (logKind == LogKind.Error)
        {
            Console.Error.Write(text);
        }
    }

    public void WriteLine() { }

    public void WriteLine(LogKind logKind, string text) => Write(logKind, text + Environment.NewLine);

    public void Flush() { }
}
