namespace Mesh.Proxy.Telemetry;

/// <summary>
/// The series that requests counted into of late, two to a hash, in a fixed table without locks. What is not in it is looked up by label
/// values; what falls out of it is no loss.
/// </summary>
internal sealed class RecentSeriesCache
{
    private const int Slots = 512;

    private readonly RecentSeries?[] _slots = new RecentSeries?[Slots];

    public RecentSeries? Find(RequestRecord record)
    {
        var slot = RecentSeries.HashOf(record) & (Slots - 2);
        return _slots[slot] is { } first && first.IsOf(record) ? first
            : _slots[slot + 1] is { } second && second.IsOf(record) ? second
            : null;
    }

    public void Add(RecentSeries series)
    {
        var slot = series.Hash & (Slots - 2);
        // The newest comes first; the one before it stays.
        _slots[slot + 1] = _slots[slot];
        _slots[slot] = series;
    }
}
