using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Mesh.Config;
using Microsoft.Extensions.Logging;

namespace Mesh.ControlPlane.Sources;

/// <summary>
/// Reads a directory of YAML and JSON and notices changes: by events where the system has them, and by a cheap look at names, sizes and times
/// for what events miss (swapped links, network mounts). <see cref="FileSet"/> decides what it means.
/// </summary>
internal sealed class FileSource : IObjectSource, IAsyncDisposable
{
    /// <summary>Time between two looks at the directory.</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    private readonly string root;
    private readonly ILogger logger;
    private readonly Signal signal = new();
    private readonly ConcurrentDictionary<string, byte> touched = new(StringComparer.Ordinal);
    private readonly ITimer poll;
    private readonly FileSystemWatcher? watcher;
    private volatile FileSet files = FileSet.Empty;
    private volatile bool everythingTouched;
    private volatile bool stopped;
    private int polling;

    public FileSource(string root, TimeProvider time, ILogger logger)
    {
        this.root = root;
        this.logger = logger;
        watcher = Watch();
        poll = time.CreateTimer(static state => ((FileSource)state!).Poll(), this, PollInterval, PollInterval);
    }

    public Task WaitForSignalAsync(CancellationToken cancellationToken) => signal.WaitAsync(cancellationToken);

    public void Hush() => signal.Reset();

    public async Task<SourceState> ReadAsync(CancellationToken cancellationToken)
    {
        // What happens from here on rings again.
        signal.Reset();
        var all = everythingTouched;
        everythingTouched = false;
        var paths = touched.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            touched.TryRemove(path, out _);
        }

        var listing = DirectoryReader.List(root);
        var reads = new Dictionary<string, FileRead>(StringComparer.Ordinal);
        foreach (var entry in files.ToRead(listing, all ? null : paths))
        {
            reads[entry.Path] = await ReadAsync(entry, cancellationToken);
        }

        var next = files.Apply(listing, reads);
        files = next;
        return next.State;
    }

    public async ValueTask DisposeAsync()
    {
        stopped = true;
        watcher?.Dispose();
        await poll.DisposeAsync();
    }

    private async Task<FileRead> ReadAsync(FileEntry entry, CancellationToken cancellationToken)
    {
        if (FileRead.TooLarge(entry) is { } tooLarge)
        {
            return tooLarge;
        }

        try
        {
            // Pipes and devices have no length either, and opening one could wait for ever.
            var bytes = entry.Length == 0 ? [] : await File.ReadAllBytesAsync(entry.RealPath, cancellationToken);
            var after = new FileInfo(entry.RealPath);
            if (!after.Exists || after.Length != bytes.Length || after.LastWriteTimeUtc.Ticks != entry.Modified)
            {
                // Still being written: what was read before holds until it is complete.
                touched.TryAdd(entry.Path, 0);
                signal.Ring();
                if (files.HashOf(entry.Path).Length > 0)
                {
                    return new FileRead.Unchanged();
                }
            }

            var hash = ImmutableArray.Create(SHA256.HashData(bytes));
            return files.HashOf(entry.Path).SequenceEqual(hash)
                ? new FileRead.Unchanged()
                : new FileRead.Content(hash, ObjectParser.Parse(entry.Path, bytes, files.ParsedOf(entry.Path)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new FileRead.Failed(e.Message);
        }
    }

    private FileSystemWatcher? Watch()
    {
        FileSystemWatcher? made = null;
        try
        {
            made = new FileSystemWatcher(root)
            {
                IncludeSubdirectories = true,
                NotifyFilter =
                    NotifyFilters.FileName
                    | NotifyFilters.DirectoryName
                    | NotifyFilters.LastWrite
                    | NotifyFilters.Size
                    | NotifyFilters.CreationTime
                    | NotifyFilters.Attributes,
            };
            made.Changed += (_, e) => Touch(e.FullPath);
            made.Created += (_, e) => Touch(e.FullPath);
            made.Deleted += (_, e) => Touch(e.FullPath);
            made.Renamed += (_, e) => Touch(e.FullPath);
            made.Error += (_, _) => TouchEverything();
            made.EnableRaisingEvents = true;
            return made;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            // Typically the limit of inotify watches.
            made?.Dispose();
            logger.LogWarning(
                "No file events for {Directory}, changes are seen within {Seconds} s instead: {Reason}",
                root,
                PollInterval.TotalSeconds,
                e.Message
            );
            return null;
        }
    }

    private void Touch(string path)
    {
        touched.TryAdd(path, 0);
        signal.Ring();
    }

    // Events were lost: any file may have changed.
    private void TouchEverything()
    {
        everythingTouched = true;
        signal.Ring();
    }

    private void Poll()
    {
        // One look at a time, however slow the disk.
        if (Interlocked.Exchange(ref polling, 1) == 1)
        {
            return;
        }

        try
        {
            if (!stopped && files.Differs(DirectoryReader.List(root)))
            {
                signal.Ring();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next read reports it; a look must not end the process.
            signal.Ring();
        }
        finally
        {
            Volatile.Write(ref polling, 0);
        }
    }
}
