using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Tests.Traffic;

/// <summary>Keeps what was logged, so that a test fails on errors it did not expect.</summary>
internal sealed class RecordingLogs : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _errors = new();

    public IReadOnlyCollection<string> Errors => _errors;

    public void AddProvider(ILoggerProvider provider) { }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (logLevel >= LogLevel.Error)
        {
            _errors.Enqueue(formatter(state, exception) + exception);
        }
    }

    public void Dispose() { }
}
