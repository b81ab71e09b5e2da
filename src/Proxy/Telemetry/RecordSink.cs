namespace Mesh.Proxy.Telemetry;

/// <summary>Where every finished record goes: the log and the metrics read the same one.</summary>
internal sealed class RecordSink(AccessLog? log, RequestMetrics metrics)
{
    /// <summary>Reads the record before it returns; it may be reused afterwards.</summary>
    public void Add(RequestRecord record)
    {
        metrics.Add(record);
        log?.Write(record);
    }
}
