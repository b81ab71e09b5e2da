namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>The counts of one interval, of all endpoints of a cluster, and what is to be learnt from them.</summary>
internal sealed class OutlierStatistics
{
    // Envoy's defaults, for showing rates where no rule says how many requests make one.
    private static readonly int ShownVolume = Math.Min(new SuccessRateRule().RequestVolume, new FailurePercentageRule().RequestVolume);

    private IntervalCount[] _answers = [];
    private IntervalCount[] _connects = [];
    private bool[] _ejected = [];

    /// <summary>Takes the counts since the last time.</summary>
    public void Take(OutlierScope scope)
    {
        var count = scope.Endpoints.Length;
        if (_answers.Length != count)
        {
            (_answers, _connects, _ejected) = (new IntervalCount[count], new IntervalCount[count], new bool[count]);
        }

        var volume = Math.Min(
            scope.Policy.SuccessRate?.RequestVolume ?? ShownVolume,
            scope.Policy.FailurePercentage?.RequestVolume ?? ShownVolume
        );
        for (var i = 0; i < count; i++)
        {
            var ejection = scope.Endpoints[i].State.Ejection;
            _answers[i] = ejection.TakeAnswers();
            _connects[i] = ejection.TakeConnects();
            _ejected[i] = ejection.IsEjected;
            ejection.SuccessRate = RateOf(i, localOrigin: false, volume) ?? -1;
            ejection.LocalOriginSuccessRate = RateOf(i, localOrigin: true, volume) ?? -1;
        }
    }

    /// <summary>An endpoint's success rate; null where it had too few requests or was ejected when the counts were taken.</summary>
    public double? RateOf(int index, bool localOrigin, int volume)
    {
        var count = localOrigin ? _connects[index] : _answers[index];
        return count.All == 0 || count.All < volume || _ejected[index] ? null : count.SuccessRate;
    }

    /// <summary>How many endpoints have a rate.</summary>
    public int CountOf(bool localOrigin, int volume)
    {
        var found = 0;
        for (var i = 0; i < _answers.Length; i++)
        {
            found += RateOf(i, localOrigin, volume) is null ? 0 : 1;
        }

        return found;
    }

    /// <summary>Null where too few endpoints have a rate.</summary>
    public SuccessRateBounds? Bounds(SuccessRateRule rule, bool localOrigin)
    {
        var hosts = 0;
        var sum = 0.0;
        for (var i = 0; i < _answers.Length; i++)
        {
            if (RateOf(i, localOrigin, rule.RequestVolume) is { } rate)
            {
                hosts++;
                sum += rate;
            }
        }

        if (hosts == 0 || hosts < rule.MinimumHosts)
        {
            return null;
        }

        var mean = sum / hosts;
        var squares = 0.0;
        for (var i = 0; i < _answers.Length; i++)
        {
            if (RateOf(i, localOrigin, rule.RequestVolume) is { } rate)
            {
                squares += (rate - mean) * (rate - mean);
            }
        }

        return new(mean, mean - (rule.StdevFactor * Math.Sqrt(squares / hosts)));
    }
}
