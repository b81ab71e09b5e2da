using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Http;

/// <summary>
/// Kestrel's log without what is an error for a web server only: that the rest of a body cannot be read after an upstream answered
/// before its end. The answer was delivered; the connection closes. What it refuses by itself is shown to <see cref="Http2Refusals"/>.
/// </summary>
internal sealed class KestrelLogs(ILoggerFactory inner, Http2Refusals refusals) : ILoggerFactory
{
    private const string BodyNotRead = "RequestBodyDrainBodyReaderInvalidState";

    // Events of level debug, all of them about what is out of order.
    private const string Http2 = "Microsoft.AspNetCore.Server.Kestrel.Http2";
    private const string BadRequests = "Microsoft.AspNetCore.Server.Kestrel.BadRequests";

    public ILogger CreateLogger(string categoryName) =>
        new Filter(inner.CreateLogger(categoryName), categoryName is Http2 or BadRequests ? refusals : null);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose() { }

    private sealed class Filter(ILogger inner, Http2Refusals? refusals) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => (refusals is not null && logLevel >= LogLevel.Debug) || inner.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (refusals is not null && Http2Refusals.Wants(eventId.Name) && state is IReadOnlyList<KeyValuePair<string, object?>> values)
            {
                refusals.Saw(eventId.Name, values);
            }

            var level = eventId.Name == BodyNotRead ? LogLevel.Debug : logLevel;
            if (inner.IsEnabled(level))
            {
                inner.Log(level, eventId, state, exception, formatter);
            }
        }
    }
}
