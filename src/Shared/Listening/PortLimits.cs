using Mesh.Metrics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace Mesh.Listening;

/// <summary>What the ports of a serving program may take of its descriptors and its time, counted in its metrics.</summary>
internal sealed class PortLimits
{
    private static readonly MinDataRate SlowestBody = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));

    private readonly TimeProvider _time;
    private readonly RareReport _failures;
    private readonly MetricFamily<LabelValues, Counter> _closed;

    public PortLimits(MetricRegistry registry, TimeProvider time)
    {
        _time = time;
        _failures = new(time);
        registry.Counter(
            "mesh_accept_failures_total",
            "Times that accepting clients failed, mostly for want of descriptors.",
            () => _failures.Count
        );
        _closed = registry.Counters("mesh_connections_closed_total", "Connections closed because their port had too many.", "port");
    }

    /// <summary>The sockets of all ports.</summary>
    public IConnectionListenerFactory Factory(ILoggerFactory loggers) => new PatientListenerFactory(_failures, _time, loggers);

    /// <summary>For a port whose connections last: one too many is refused. Two such ports leave the reserve alone.</summary>
    public Func<ConnectionDelegate, ConnectionDelegate> Streams(string port) =>
        Limit(port, DescriptorLimit.OfProcess.ConnectionsOf(descriptors: 2), replacesOldest: false);

    /// <summary>For a port whose clients ask short questions: the oldest goes where one more comes.</summary>
    public Func<ConnectionDelegate, ConnectionDelegate> Requests(string port) =>
        Limit(port, DescriptorLimit.OfProcess.ShortConnections, replacesOldest: true);

    /// <summary>Of a server whose clients ask short questions: none may dribble.</summary>
    public static void Apply(KestrelServerLimits limits)
    {
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        limits.MinRequestBodyDataRate = SlowestBody;
        limits.MinResponseDataRate = SlowestBody;
    }

    /// <summary>The same for one request of a server that also has streams, and the most of its body.</summary>
    public static void Apply(IFeatureCollection features, long mostBytes)
    {
        if (features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = mostBytes;
        }

        if (features.Get<IHttpMinRequestBodyDataRateFeature>() is { } body)
        {
            body.MinDataRate = SlowestBody;
        }

        if (features.Get<IHttpMinResponseDataRateFeature>() is { } answer)
        {
            answer.MinDataRate = SlowestBody;
        }
    }

    private Func<ConnectionDelegate, ConnectionDelegate> Limit(string port, int most, bool replacesOldest) =>
        new ConnectionLimit(most, replacesOldest, _closed.Get(new(port)).Inc).Guard;
}
