namespace Mesh.Proxy.Telemetry;

/// <summary>Where every finished record goes: the log and the metrics read the same one.</summary>
internal sealed class RecordSink(AccessLog? log, RequestMetrics metrics)
{
    /// <summary>For what policies about access found; null where nobody wants to know.</summary>
    public AccessMetrics? AccessMetrics { get; init; }

    /// <inheritdoc cref="AccessMetrics"/>
    public AccessDecisionLog? AccessDecisions { get; init; }

    /// <summary>Reads the record before it returns; it may be reused afterwards.</summary>
    public void Add(RequestRecord record)
    {
        metrics.Add(record);
        if (!record.Access.IsEmpty)
        {
            AccessMetrics?.Add(record);
            AccessDecisions?.Add(record);
        }

        log?.Write(record);
    }
}
