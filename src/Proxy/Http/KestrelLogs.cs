using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Http;

/// <summary>
/// Kestrel's log without what is an error for a web server only: that the rest of a body cannot be read after an upstream answered
/// before its end. The answer was delivered; the connection closes.
/// </summary>
internal sealed class KestrelLogs(ILoggerFactory inner) : ILoggerFactory
{
    private const string BodyNotRead = "RequestBodyDrainBodyReaderInvalidState";

    public ILogger CreateLogger(string categoryName) => new Filter(inner.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose() { }

    private sealed class Filter(ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => inner.Log(eventId.Name == BodyNotRead ? LogLevel.Debug : logLevel, eventId, state, exception, formatter);
    }
}
