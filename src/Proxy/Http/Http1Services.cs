using Mesh.Proxy.Configuration;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Http.Mirrors;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Telemetry;
using Mesh.Proxy.Upstream.Pools;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Http;

/// <summary>What all HTTP/1.1 connections share.</summary>
internal sealed partial class Http1Services
{
    private const int LargestExchangeKept = 128 * 1024;

    private readonly ILogger _logger;

    public Http1Services(
        ConfigStore store,
        EndpointResolver resolver,
        UpstreamPools pools,
        RecordSink sink,
        TimeProvider time,
        ILoggerFactory loggers,
        TrafficLimits limits
    )
    {
        _logger = loggers.CreateLogger<Http1Codec>();
        Store = store;
        Limits = limits;
        Pools = pools;
        Time = time;
        Date = new HttpDate(time);
        Exchanges = new(
            () => Http1Exchange.Create(new RequestSession(resolver, sink, time, Mirrors), limits.Http1),
            exchange => exchange.Capacity <= LargestExchangeKept
        );
    }

    public ConfigStore Store { get; }

    public UpstreamPools Pools { get; }

    public TimeProvider Time { get; }

    public HttpDate Date { get; }

    public PerCorePool<Http1Exchange> Exchanges { get; }

    /// <summary>Null where services cannot be asked: what only they could let pass is refused.</summary>
    public IExternalAuthorizer? Authorizer { get; init; }

    /// <summary>Null where nothing is mirrored.</summary>
    public MirrorSender? Mirrors { get; init; }

    public TrafficLimits Limits { get; }

    /// <summary>Bytes of a request's body that are kept for another attempt.</summary>
    public required int RetryBodyLimit { get; init; }

    /// <summary>A bug: the connection ends, the others go on.</summary>
    [LoggerMessage(LogLevel.Error, "An HTTP/1.1 connection failed unexpectedly")]
    public partial void Failed(Exception error);
}
