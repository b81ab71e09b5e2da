namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>HTTP status codes that count as errors, asked for once an answer.</summary>
internal sealed class StatusCodeSet : IEquatable<StatusCodeSet>
{
    private const int Count = 600;

    private readonly bool[] _contained = new bool[Count];

    public StatusCodeSet(IEnumerable<int> codes)
    {
        foreach (var code in codes)
        {
            _contained[code] = true;
        }
    }

    /// <summary>500 to 599.</summary>
    public static StatusCodeSet ServerErrors { get; } = new(Enumerable.Range(500, 100));

    public bool Contains(int code) => (uint)code < Count && _contained[code];

    public bool Equals(StatusCodeSet? other) => other is not null && _contained.AsSpan().SequenceEqual(other._contained);

    public override bool Equals(object? obj) => Equals(obj as StatusCodeSet);

    public override int GetHashCode() => _contained.Count(contained => contained);
}
