using System.Collections.Immutable;
using Mesh.Config;

namespace Mesh.ControlPlane.Sources;

/// <summary>
/// Decides which files are read and which objects are in force; the pure twin of <see cref="FileSource"/>. Immutable: a listing and what was
/// read make the next one.
/// </summary>
internal sealed class FileSet
{
    private readonly ImmutableSortedDictionary<string, FileState> files;
    private readonly ImmutableArray<UnreadablePath> unreadable;
    private readonly ImmutableDictionary<ObjectKey, ConfigObject> merged;

    private FileSet(ImmutableSortedDictionary<string, FileState> files, ImmutableArray<UnreadablePath> unreadable)
    {
        this.files = files;
        this.unreadable = unreadable;
        (merged, State) = Merge(files.Values, unreadable);
    }

    /// <summary>Before anything was read.</summary>
    public static FileSet Empty { get; } = new(ImmutableSortedDictionary.Create<string, FileState>(StringComparer.Ordinal), []);

    /// <summary>The objects in force and all diagnostics.</summary>
    public SourceState State { get; }

    /// <summary>The bytes last read from a file; empty if there are none.</summary>
    public ImmutableArray<byte> HashOf(string path) => files.TryGetValue(path, out var state) ? state.Hash : [];

    /// <summary>What was last read from a file; null if nothing was.</summary>
    public ParseResult? ParsedOf(string path) => files.GetValueOrDefault(path)?.Parsed;

    /// <summary>True if a listing shows anything that this set does not know; a file that could not be read is tried again.</summary>
    public bool Differs(FileListing listing) =>
        listing.Files.Length != files.Count
        || listing.Files.Any(entry => !files.TryGetValue(entry.Path, out var known) || known.Entry != entry || known.Hash.IsEmpty)
        || !listing.Unreadable.SequenceEqual(unreadable);

    /// <summary>The files whose bytes are needed: new ones, those that look changed, and those that something happened to.</summary>
    /// <param name="touched">Paths of events, as seen or real; null for all.</param>
    public ImmutableArray<FileEntry> ToRead(FileListing listing, IReadOnlySet<string>? touched) =>
        [
            .. listing.Files.Where(entry =>
                touched is null
                || !files.TryGetValue(entry.Path, out var known)
                || known.Entry != entry
                || known.Hash.IsEmpty
                || touched.Contains(entry.Path)
                || touched.Contains(entry.RealPath)
            ),
        ];

    /// <summary>The next state. A file that is listed and was not read stays as it was; one that is no longer listed goes with its objects.</summary>
    public FileSet Apply(FileListing listing, IReadOnlyDictionary<string, FileRead> reads)
    {
        var next = ImmutableSortedDictionary.CreateBuilder<string, FileState>(StringComparer.Ordinal);
        foreach (var entry in listing.Files)
        {
            var before = files.GetValueOrDefault(entry.Path);
            var state = reads.GetValueOrDefault(entry.Path) switch
            {
                FileRead.Content content => Accept(entry, content, before),
                FileRead.Failed failed => Refuse(entry, failed.Reason, before),
                _ => before is null ? null : before with { Entry = entry },
            };
            if (state is not null)
            {
                next[entry.Path] = state;
            }
        }

        // A directory that cannot be listed now hides its files; it does not delete them.
        foreach (var (path, state) in files)
        {
            if (!next.ContainsKey(path) && listing.Unreadable.Any(directory => IsBelow(path, directory.Path)))
            {
                next[path] = state;
            }
        }

        return new(next.ToImmutable(), listing.Unreadable);
    }

    // design.md "What a broken object does".
    private FileState Accept(FileEntry entry, FileRead.Content content, FileState? before)
    {
        var result = content.Result;
        var inForce = result.Objects.ToBuilder();
        var seen = result.Objects.Select(item => item.Key).ToHashSet();
        var diagnostics = result.Diagnostics.ToBuilder();
        foreach (var key in result.Rejected)
        {
            if (
                seen.Add(key)
                && RefusedObject.Settle(key, result, merged.GetValueOrDefault(key), LocationOf(result, key, entry)) is { } settled
            )
            {
                inForce.Add(settled.InForce);
                diagnostics.Add(settled.Diagnostic);
            }
        }

        // A document without a readable name could be any of those read before.
        if (result.HasUnreadable && before is not null)
        {
            inForce.AddRange(before.InForce.Where(item => seen.Add(item.Key)));
        }

        return new(entry, content.Hash, inForce.ToImmutable(), diagnostics.ToImmutable()) { Parsed = result };
    }

    private static FileState Refuse(FileEntry entry, string reason, FileState? before) =>
        new(entry, [], before?.InForce ?? [], [NotRead(entry.Path, reason, before?.InForce.Length ?? 0)]);

    private static SourceLocation LocationOf(ParseResult result, ObjectKey key, FileEntry entry) =>
        result.Diagnostics.FirstOrDefault(diagnostic => diagnostic.Object == key)?.Location ?? new(entry.Path, 0);

    private static Diagnostic NotRead(string path, string reason, int kept) =>
        new(
            SourceCodes.FileNotRead,
            null,
            "",
            $"cannot be read: {reason}; {(kept > 0 ? $"the {kept} objects last read from it stay in force" : "nothing was read from it before")}",
            new(path, 0)
        );

    private static bool IsBelow(string path, string directory) => path.StartsWith(directory.TrimEnd('/') + "/", StringComparison.Ordinal);

    private static (ImmutableDictionary<ObjectKey, ConfigObject> Merged, SourceState State) Merge(
        IEnumerable<FileState> files,
        ImmutableArray<UnreadablePath> unreadable
    )
    {
        var objects = ImmutableDictionary.CreateBuilder<ObjectKey, ConfigObject>();
        var diagnostics = ImmutableArray.CreateBuilder<Diagnostic>();
        foreach (var directory in unreadable)
        {
            var kept = files.Where(file => IsBelow(file.Entry.Path, directory.Path)).Sum(file => file.InForce.Length);
            diagnostics.Add(NotRead(directory.Path, directory.Reason, kept));
        }

        foreach (var file in files)
        {
            diagnostics.AddRange(file.Diagnostics);
            foreach (var item in file.InForce)
            {
                if (!objects.TryAdd(item.Key, item) && !ReferenceEquals(objects[item.Key], item))
                {
                    var winner = objects[item.Key];
                    diagnostics.Add(
                        new(
                            SourceCodes.DuplicateObject,
                            item.Key,
                            "",
                            $"the same object is written at {winner.Location}, which comes first by path and is in force; remove one of the two",
                            item.Location
                        )
                    );
                }
            }
        }

        var merged = objects.ToImmutable();
        return (merged, new([.. merged.Values.OrderBy(item => item.Key)], diagnostics.ToImmutable()));
    }
}
