namespace Mesh.Cli.Demo;

/// <summary>Which version answered how often and how fast. Filled by one traffic driver, read by the view.</summary>
internal sealed class ShareCount
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, int> _answers = new(StringComparer.Ordinal);
    private readonly List<double> _milliseconds = [];

    public int Requests
    {
        get
        {
            lock (_lock)
            {
                return _milliseconds.Count;
            }
        }
    }

    public void Answered(string version, double milliseconds)
    {
        lock (_lock)
        {
            _answers[version] = _answers.GetValueOrDefault(version) + 1;
            _milliseconds.Add(milliseconds);
        }
    }

    public double PercentOf(string version)
    {
        lock (_lock)
        {
            return _milliseconds.Count == 0 ? 0 : 100.0 * _answers.GetValueOrDefault(version) / _milliseconds.Count;
        }
    }

    /// <summary>The given quantile of answer times in milliseconds; 0 before the first answer.</summary>
    public double Quantile(double quantile)
    {
        lock (_lock)
        {
            if (_milliseconds.Count == 0)
            {
                return 0;
            }

            var sorted = _milliseconds.Order().ToArray();
            return sorted[Math.Min(sorted.Length - 1, (int)(quantile * sorted.Length))];
        }
    }
}
