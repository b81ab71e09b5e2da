using System.Collections.Immutable;
using Mesh.Config;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Sources;
using Mesh.ControlPlane.Translation;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.ControlPlane;

/// <summary>
/// The one writer: signal → hold off → read → translate → publish. Nothing is published before the first complete read, nor where nothing changed.
/// </summary>
internal sealed class MeshLoop(
    IObjectSource source,
    MeshSettings settings,
    Action<MeshState> publish,
    MeshLoopMetrics metrics,
    TimeProvider time,
    ILogger<MeshLoop> logger
) : BackgroundService
{
    /// <summary>How long it must be quiet before a change is read.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Longest wait since the first sign of a change, however restless a cluster is: a pod that is not ready is to be without traffic in a second, of
    /// which translating and sending have the other half.
    /// </summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(500);

    private readonly ObjectCache cache = new();
    private readonly DiagnosticLog diagnosticLog = new(logger);
    private TranslationResult? last;
    private long number;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Start-up must not wait for the disk.
        await Task.Yield();
        var changedAt = 0L;
        while (true)
        {
            try
            {
                await ReadAndPublishAsync(changedAt, stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // A bug met by one set of objects: what is published stays, and the next change gets its chance.
                logger.LogError(e, "The configuration could not be read or translated; the last state stays in force.");
                metrics.Failures.Inc();
            }

            changedAt = await HoldOffAsync(stoppingToken);
        }
    }

    private async Task<long> HoldOffAsync(CancellationToken stoppingToken)
    {
        var holdoff = new Holdoff(Quiet, Limit);
        await source.WaitForSignalAsync(stoppingToken);
        var first = time.GetTimestamp();
        holdoff.Signal(TimeSpan.Zero);
        while (holdoff.Remaining(time.GetElapsedTime(first)) is { } wait && wait > TimeSpan.Zero)
        {
            stoppingToken.ThrowIfCancellationRequested();
            source.Hush();
            using var heard = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            var again = source.WaitForSignalAsync(heard.Token);
            var pause = Task.Delay(wait, time, heard.Token);
            if (await Task.WhenAny(again, pause) == again)
            {
                await again;
                holdoff.Signal(time.GetElapsedTime(first));
            }

            await heard.CancelAsync();
        }

        return first;
    }

    private async Task ReadAndPublishAsync(long changedAt, CancellationToken stoppingToken)
    {
        var state = await source.ReadAsync(stoppingToken);
        if (!cache.Apply(state))
        {
            return;
        }

        var started = time.GetTimestamp();
        var result = Translator.Translate(cache.Objects, settings, last, cache.Keys);
        metrics.TranslationSeconds.Observe(time.GetElapsedTime(started).TotalSeconds);
        last = result;

        ImmutableArray<Diagnostic> diagnostics = [.. cache.Diagnostics, .. result.Diagnostics];
        publish(new(++number, cache.Objects, result.Snapshot, diagnostics, changedAt) { Translation = result });
        metrics.Published(cache.Objects, diagnostics);
        diagnosticLog.Report(diagnostics);
        logger.LogInformation(
            "Configuration {Number} is in force: {Objects} objects, {Services} services, {Routes} virtual services, {Problems} diagnostics.",
            number,
            cache.Objects.All.Length,
            result.Snapshot.Services.Length,
            result.Snapshot.Routes.Length,
            diagnostics.Length
        );
    }
}
