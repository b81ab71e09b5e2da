using System.Buffers;
using System.Threading.Channels;
using Mesh.Metrics;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Telemetry;

/// <summary>
/// The access log: lines are formatted where the request ends and written by one background loop. Where the disk is slower than the
/// traffic, lines are dropped and counted; a request never waits for its line.
/// </summary>
internal sealed partial class AccessLog : IAsyncDisposable
{
    // A line is some 400 bytes, so at most a few MiB wait.
    private const int QueuedLines = 8192;
    private const int BatchBytes = 64 * 1024;

    private readonly Channel<ArraySegment<byte>> _lines = Channel.CreateBounded<ArraySegment<byte>>(
        new BoundedChannelOptions(QueuedLines) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait }
    );
    private readonly Stream _output;
    private readonly bool _configVersion;
    private readonly TimeProvider _time;
    private readonly Counter _dropped;
    private readonly ILogger _logger;
    private readonly Task _writer;

    public AccessLog(Stream output, bool configVersion, TimeProvider time, MetricRegistry metrics, ILoggerFactory loggers)
    {
        _output = output;
        _configVersion = configVersion;
        _time = time;
        _dropped = metrics.Counter(
            "mesh_access_log_dropped_total",
            "Access-log lines dropped because the log could not be written as fast."
        );
        _logger = loggers.CreateLogger<AccessLog>();
        _writer = Task.Run(WriteAsync);
    }

    /// <summary>Null where no log is wanted.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static AccessLog? Open(ProxyOptions options, TimeProvider time, MetricRegistry metrics, ILoggerFactory loggers)
    {
        if (options.AccessLog is null)
        {
            return null;
        }

        var output =
            options.AccessLog == "-"
                ? Console.OpenStandardOutput()
                : new FileStream(
                    options.AccessLog,
                    FileMode.Append,
                    FileAccess.Write,
                    FileShare.ReadWrite | FileShare.Delete,
                    bufferSize: 0
                );
        return new AccessLog(output, options.AccessLogConfigVersion, time, metrics, loggers);
    }

    public void Write(RequestRecord record)
    {
        var line = AccessLogFormat.Format(record, _time, _configVersion);
        if (!_lines.Writer.TryWrite(line))
        {
            ArrayPool<byte>.Shared.Return(line.Array!);
            _dropped.Inc();
        }
    }

    /// <summary>Writes what waits, then closes.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _writer;
        await _output.DisposeAsync();
    }

    private async Task WriteAsync()
    {
        var batch = new byte[BatchBytes];
        while (await _lines.Reader.WaitToReadAsync())
        {
            var used = 0;
            while (_lines.Reader.TryRead(out var line))
            {
                if (used + line.Count > batch.Length)
                {
                    await WriteAsync(batch.AsMemory(0, used));
                    used = 0;
                }

                if (line.Count > batch.Length)
                {
                    await WriteAsync(line);
                }
                else
                {
                    line.AsSpan().CopyTo(batch.AsSpan(used));
                    used += line.Count;
                }

                ArrayPool<byte>.Shared.Return(line.Array!);
            }

            await WriteAsync(batch.AsMemory(0, used));
        }
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> lines)
    {
        if (lines.IsEmpty)
        {
            return;
        }

        try
        {
            await _output.WriteAsync(lines);
            await _output.FlushAsync();
        }
        catch (IOException error)
        {
            // A full disk must not end the log for good: what follows is tried again.
            _dropped.Inc();
            WriteFailed(error.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Access log lines are lost: {Reason}")]
    private partial void WriteFailed(string reason);
}
