using System.Collections.Immutable;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Keys;

/// <summary>
/// Decides which keys are fetched when, and what counts meanwhile: the pure twin of <see cref="KeySetWatcher"/>. What was fetched once stays in force
/// while later attempts fail. Not safe for several threads.
/// </summary>
internal sealed class KeySetSchedule(KeySetOptions options, Random jitter)
{
    private readonly Dictionary<KeySource, Entry> _entries = [];

    /// <summary>What is known now; the same object as long as nothing of it changed.</summary>
    public KeySets Current { get; private set; } = KeySets.Empty;

    /// <summary>What is to be fetched from now on; keys of others are forgotten.</summary>
    public void Follow(ImmutableArray<KeySource> sources, DateTimeOffset now)
    {
        var changed = false;
        foreach (var gone in _entries.Keys.Except(sources).ToList())
        {
            _entries.Remove(gone);
            changed = true;
        }

        foreach (var source in sources)
        {
            _entries.TryAdd(source, new Entry { NextAt = now });
        }

        if (changed)
        {
            Rebuild();
        }
    }

    /// <summary>The sources whose time has come; each is under way until it is reported.</summary>
    public ImmutableArray<KeySource> Due(DateTimeOffset now)
    {
        ImmutableArray<KeySource> due =
        [
            .. _entries
                .Where(entry => !entry.Value.UnderWay && entry.Value.NextAt <= now)
                .OrderBy(entry => entry.Value.NextAt)
                .ThenBy(entry => entry.Key.Url, StringComparer.Ordinal)
                .Take(Math.Max(0, options.MostAtOnce - _entries.Values.Count(entry => entry.UnderWay)))
                .Select(entry => entry.Key),
        ];
        foreach (var source in due)
        {
            _entries[source].UnderWay = true;
        }

        return due;
    }

    /// <summary>How long until the next one is due; null where nothing is to be waited for but reports.</summary>
    public TimeSpan? Wait(DateTimeOffset now)
    {
        var waiting = _entries.Values.Where(entry => !entry.UnderWay).ToList();
        if (waiting.Count == 0 || _entries.Values.Count(entry => entry.UnderWay) >= options.MostAtOnce)
        {
            return null;
        }

        var wait = waiting.Min(entry => entry.NextAt) - now;
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    /// <summary>An attempt has ended well.</summary>
    /// <param name="maxAge">What the server says about how long the answer may be kept; null where it does not.</param>
    public void Succeeded(KeySource source, string keys, TimeSpan? maxAge, DateTimeOffset now)
    {
        if (!_entries.TryGetValue(source, out var entry))
        {
            return;
        }

        var wait = maxAge is { } age && age < options.Refresh ? (age < options.Shortest ? options.Shortest : age) : options.Refresh;
        var changed = entry.Keys != keys || entry.Problem is not null;
        entry.Keys = entry.Keys == keys ? entry.Keys : keys;
        (entry.UnderWay, entry.Failures, entry.Problem, entry.NextAt) = (false, 0, null, now + Jittered(wait));
        if (changed)
        {
            Rebuild();
        }
    }

    /// <summary>An attempt has failed.</summary>
    public void Failed(KeySource source, string problem, DateTimeOffset now)
    {
        if (!_entries.TryGetValue(source, out var entry))
        {
            return;
        }

        var doublings = Math.Min(entry.Failures, 16);
        var wait = options.FirstRetry * Math.Pow(2, doublings);
        var changed = entry.Problem != problem;
        (entry.UnderWay, entry.Failures, entry.Problem) = (false, entry.Failures + 1, problem);
        entry.NextAt = now + Jittered(wait < options.LongestRetry ? wait : options.LongestRetry);
        if (changed)
        {
            Rebuild();
        }
    }

    // A tenth less at most, so that several control planes do not come in step.
    private TimeSpan Jittered(TimeSpan wait) => wait * (1 - (jitter.NextDouble() / 10));

    private void Rebuild() =>
        Current = new(
            _entries
                .Where(entry => entry.Value.Keys is not null || entry.Value.Problem is not null)
                .ToImmutableDictionary(entry => entry.Key, entry => new FetchedKeys(entry.Value.Keys, entry.Value.Problem))
        );

    private sealed class Entry
    {
        public string? Keys;
        public string? Problem;
        public int Failures;
        public bool UnderWay;
        public DateTimeOffset NextAt;
    }
}
