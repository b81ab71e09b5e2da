using System.Collections.Concurrent;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Security.Tls;
using Mesh.Proxy.Telemetry;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Balancing;
using Mesh.Proxy.Upstream.Outliers;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Connections;

/// <summary>Carries connections that are not HTTP: picks an endpoint, connects, pumps, and reports each connection as one record.</summary>
internal sealed class TcpProxy(
    EndpointResolver resolver,
    ConnectionAuthorizer authorizer,
    RecordSink sink,
    RequestMetrics metrics,
    TimeProvider time
)
{
    private readonly ConcurrentDictionary<TcpPump, RunningPump> _pumps = new();

    public async Task RunAsync(
        UpstreamTransport client,
        ConnectionTarget target,
        ProxyConfig config,
        ListenerTraffic traffic,
        CancellationToken stopping
    )
    {
        var record = Begin(target, config, traffic);
        try
        {
            record.Failure = await ConnectAndPumpAsync(client, target, config, traffic, record, stopping);
        }
        finally
        {
            record.EndTicks = time.GetTimestamp();
            sink.Add(record);
        }
    }

    /// <summary>Reports a connection that no chain takes.</summary>
    public void Refuse(ConnectionTarget target, ProxyConfig config, ListenerTraffic traffic)
    {
        var record = Begin(target, config, traffic);
        record.Failure = Failure.NoFilterChain;
        record.EndTicks = time.GetTimestamp();
        sink.Add(record);
    }

    /// <summary>Cuts connections that moved no byte, or have been open, for longer than their cluster allows.</summary>
    public void CloseExpired()
    {
        var now = time.GetTimestamp();
        foreach (var (pump, running) in _pumps)
        {
            var limits = running.Limits;
            if (IsOver(pump.LastActivity, limits.IdleTimeout, now) || IsOver(running.OpenedAt, limits.MaxConnectionDuration, now))
            {
                pump.Abort();
            }
        }
    }

    /// <summary>Cuts the connections that the configuration does not take any more, or whose policies would not let them begin now.</summary>
    public void CloseRefused(ProxyConfig config)
    {
        foreach (var (pump, running) in _pumps)
        {
            if (ReferenceEquals(running.AskedOf, config))
            {
                continue;
            }

            running.AskedOf = config;
            var traffic = running.Target.FindIn(config);
            running.Refusal = ConnectionAuthorizer.Refusal(traffic, running.Target);
            if (traffic.IsRefused || running.Refusal is not null)
            {
                pump.Abort();
            }
        }
    }

    /// <summary>Waits for the connections to end by themselves and cuts them when <paramref name="limit"/> is cancelled.</summary>
    public async Task DrainAsync(CancellationToken limit)
    {
        using var cut = limit.Register(() =>
        {
            foreach (var (pump, _) in _pumps)
            {
                pump.Abort();
            }
        });
        while (!_pumps.IsEmpty)
        {
            await Task.WhenAll(_pumps.Values.Select(running => running.Ended));
        }
    }

    private RequestRecord Begin(ConnectionTarget target, ProxyConfig config, ListenerTraffic traffic)
    {
        var record = new RequestRecord
        {
            Config = config,
            StartTime = time.GetUtcNow(),
            StartTicks = time.GetTimestamp(),
        };
        record.CameBy(target);
        record.ServerName ??= traffic.ServerName;
        return record;
    }

    private async ValueTask<Failure> ConnectAndPumpAsync(
        UpstreamTransport client,
        ConnectionTarget target,
        ProxyConfig config,
        ListenerTraffic traffic,
        RequestRecord record,
        CancellationToken stopping
    )
    {
        if (traffic.Tcp is null)
        {
            return Failure.NoRoute;
        }

        if (await AuthorizeAsync(target, config, traffic, record, stopping) is not Failure.None and var refused)
        {
            return refused;
        }

        var destination = traffic.Tcp.Pick();
        record.Plan = new RoutePlan(null, null, destination);
        record.Cluster = destination?.Cluster;
        if (destination?.Cluster is not { } cluster)
        {
            return Failure.NoCluster;
        }

        if (cluster.Kind == ClusterKind.BlackHole)
        {
            return Failure.BlackHole;
        }

        var hash = traffic.Tcp.BySource ? new RequestHash(HashTerm.Of(target.Remote.Address)) : default;
        if (resolver.ResolveConnection(new PickContext(cluster) { Hash = hash }, target, config) is not { } endpoint)
        {
            return Failure.NoHealthyEndpoint;
        }

        record.Endpoint = endpoint;
        record.Attempts = 1;
        record.AttemptTicks = time.GetTimestamp();
        var counters = cluster.State.Counters;
        // Envoy, tcp_proxy: unlike an HTTP request a connection does not wait for another one to end.
        while (!counters.TryBeginConnection(cluster.Limits, force: false))
        {
            if (cluster.State.Pools.TryFreePlace(needy: null))
            {
                continue;
            }

            counters.ConnectionOverflowed();
            return Failure.Overflow;
        }

        endpoint.State.RequestStarted();
        var failure = Failure.ConnectFailed;
        try
        {
            using var upstream = await UpstreamDialer.DialAsync(
                endpoint.Address,
                cluster.ConnectTimeout,
                cluster.TransportOf(endpoint),
                TlsUse.Tcp,
                stopping
            );
            failure = Failure.None;
            cluster.State.Outliers.Report(endpoint, AttemptOutcome.Connected);
            record.UpstreamLocal = upstream.LocalEndPoint;
            record.Know(upstream.Principals);
            metrics.Opened(record);
            record.TerminationDetails = await PumpAsync(client, upstream, target, record, cluster.Limits) ?? record.TerminationDetails;
        }
        catch (UpstreamConnectException error)
        {
            record.ConnectError = error.Message;
            cluster.State.Outliers.Report(endpoint, AttemptOutcome.ConnectFailed);
            counters.ConnectFailed(error.TimedOut);
        }
        catch (OperationCanceledException)
        {
            failure = Failure.Draining;
            cluster.State.Outliers.Report(endpoint, AttemptOutcome.Unknown);
        }
        finally
        {
            endpoint.State.RequestEnded(failed: failure == Failure.ConnectFailed);
            counters.EndConnection();
            cluster.State.Pools.PlaceFreed();
        }

        return failure;
    }

    private async ValueTask<Failure> AuthorizeAsync(
        ConnectionTarget target,
        ProxyConfig config,
        ListenerTraffic traffic,
        RequestRecord record,
        CancellationToken stopping
    )
    {
        try
        {
            return await authorizer.DecideAsync(traffic, target, config, record, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return Failure.Draining;
        }
    }

    private bool IsOver(long since, TimeSpan limit, long now) => limit > TimeSpan.Zero && time.GetElapsedTime(since, now) > limit;

    // Why it was cut by policies; null where it was not.
    private async Task<string?> PumpAsync(
        UpstreamTransport client,
        UpstreamTransport upstream,
        ConnectionTarget target,
        RequestRecord record,
        ClusterLimits limits
    )
    {
        var pump = new TcpPump(client, upstream, time);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = new RunningPump(ended.Task, limits, time.GetTimestamp(), target);
        _pumps[pump] = running;
        try
        {
            await pump.RunAsync();
            return running.Refusal;
        }
        finally
        {
            _pumps.TryRemove(pump, out _);
            ended.SetResult();
            record.RequestBytes = pump.Received;
            record.ResponseBytes = pump.Sent;
        }
    }

    private sealed record RunningPump(Task Ended, ClusterLimits Limits, long OpenedAt, ConnectionTarget Target)
    {
        /// <summary>The last configuration whose policies it passed; one watcher writes it.</summary>
        public ProxyConfig? AskedOf { get; set; }

        /// <summary>Why those would not let it begin.</summary>
        public string? Refusal { get; set; }
    }
}
