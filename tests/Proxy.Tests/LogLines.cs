using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Tests;

/// <summary>Keeps what one class logs, each line with its level before it.</summary>
internal sealed class LogLines<T>(LogLevel least = LogLevel.Trace) : ILogger<T>
{
    private readonly ConcurrentQueue<string> _written = new();

    public IReadOnlyCollection<string> Written => _written;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= least;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (IsEnabled(logLevel))
        {
            _written.Enqueue($"{logLevel} {formatter(state, exception)}");
        }
    }
}
