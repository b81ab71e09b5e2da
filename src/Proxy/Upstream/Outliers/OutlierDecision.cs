namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>One decision as log and metrics tell it.</summary>
internal readonly record struct OutlierDecision
{
    public required DecisionKind Kind { get; init; }

    public required Endpoint Endpoint { get; init; }

    /// <summary>What found it; of a return, nothing.</summary>
    public Detector Detector { get; init; }

    public ReturnReason Reason { get; init; }

    /// <summary>How long it is out, or was.</summary>
    public TimeSpan Time { get; init; }

    /// <summary>Endpoints that are ejected after the decision.</summary>
    public required int Ejected { get; init; }

    /// <summary>All endpoints.</summary>
    public required int Total { get; init; }

    /// <summary>What was measured: errors in a row, a rate or a share in per cent.</summary>
    public double Value { get; init; }

    /// <summary>What it was compared with.</summary>
    public double Limit { get; init; }

    /// <summary>Said already a short while ago: to be counted, not to be logged.</summary>
    public bool Quiet { get; init; }
}
