using Mesh.Metrics;

namespace Mesh.Proxy.Telemetry;

/// <summary>What this process costs, under the names that Prometheus' client libraries and OpenTelemetry gave such metrics.</summary>
internal static class ProcessMetrics
{
    public static void Register(MetricRegistry metrics)
    {
        metrics.Counter(
            "process_cpu_seconds_total",
            "User and system time spent, in seconds.",
            () => Environment.CpuUsage.TotalTime.TotalSeconds
        );
        metrics.Gauge("process_resident_memory_bytes", "Resident memory.", () => Environment.WorkingSet);
        metrics.Gauge(
            "dotnet_gc_last_collection_heap_size_bytes",
            "Managed heap after the last collection.",
            () => GC.GetGCMemoryInfo().HeapSizeBytes
        );
        metrics.Counter(
            "dotnet_gc_heap_total_allocated_bytes_total",
            "Managed memory allocated since the start.",
            () => GC.GetTotalAllocatedBytes()
        );
        metrics.Counter("dotnet_gc_collections_total", "Garbage collections since the start.", () => GC.CollectionCount(0));
    }
}
