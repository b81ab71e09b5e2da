using Mesh.Metrics;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Telemetry;

/// <summary>
/// The access log: a line is formatted where its request ends and joins a batch, which one background loop writes within a tenth of a
/// second. Where the disk is slower than the traffic, lines are dropped and counted; a request never waits for its line.
/// </summary>
internal sealed partial class AccessLog : IAsyncDisposable
{
    private const int BatchBytes = 512 * 1024;

    // While the disk is slow; some 15,000 lines.
    private const int MaxBatchBytes = 4 * 1024 * 1024;

    // A batch this large is written at once.
    private const int LargeBytes = BatchBytes / 2;

    // Waking the writer for every line would cost more than all the rest of the request.
    private static readonly TimeSpan BatchTime = TimeSpan.FromMilliseconds(100);

    private readonly Stream _output;
    private readonly bool _configVersion;
    private readonly TimeProvider _time;
    private readonly Counter _dropped;
    private readonly ILogger _logger;
    private readonly Task _writer;
    private readonly SemaphoreSlim _begun = new(0);
    private readonly SemaphoreSlim _large = new(0);

    // Held for the copy of one line: cheaper than any queue, and than a line in the wrong place.
    private readonly Lock _gate = new();
    private byte[] _batch = new byte[BatchBytes];
    private int _used;
    private bool _closing;

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
        bool begun,
            large;
        lock (_gate)
        {
            if (_closing || !TryMakeRoom(line.Length))
            {
                _dropped.Inc();
                return;
            }

            line.CopyTo(_batch.AsSpan(_used));
            begun = _used == 0;
            large = _used < LargeBytes && _used + line.Length >= LargeBytes;
            _used += line.Length;
        }

        if (begun)
        {
            _begun.Release();
        }

        if (large)
        {
            _large.Release();
        }
    }

    /// <summary>Writes what waits, then closes.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _closing = true;
        }

        _begun.Release();
        _large.Release();
        await _writer;
        await _output.DisposeAsync();
        _begun.Dispose();
        _large.Dispose();
    }

    private bool TryMakeRoom(int bytes)
    {
        if (_used + bytes <= _batch.Length)
        {
            return true;
        }

        if (_used + bytes > MaxBatchBytes)
        {
            return false;
        }

        Array.Resize(ref _batch, Math.Min(Math.Max(_batch.Length * 2, _used + bytes), MaxBatchBytes));
        return true;
    }

    private async Task WriteAsync()
    {
        var spare = new byte[BatchBytes];
        while (true)
        {
            await _begun.WaitAsync();
            await _large.WaitAsync(BatchTime);
            byte[] batch;
            int used;
            bool closing;
            lock (_gate)
            {
                (batch, used, closing) = (_batch, _used, _closing);
                (_batch, _used) = (spare, 0);
            }

            await WriteAsync(batch.AsMemory(0, used));
            if (closing)
            {
                return;
            }

            // One that had to grow goes when it was not needed.
            spare = batch.Length > BatchBytes && used <= BatchBytes ? new byte[BatchBytes] : batch;
        }
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> lines)
    {
        try
        {
            await _output.WriteAsync(lines);
            await _output.FlushAsync();
        }
        catch (IOException error)
        {
            // A full disk must not end the log for good: what follows is tried again.
            _dropped.Add(lines.Span.Count((byte)'\n'));
            WriteFailed(error.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Access log lines are lost: {Reason}")]
    private partial void WriteFailed(string reason);
}
