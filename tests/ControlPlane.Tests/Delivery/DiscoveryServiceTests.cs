using Google.Protobuf;
using Mesh.ControlPlane.Delivery;
using Mesh.Grpc;
using Mesh.Xds;
using static Mesh.ControlPlane.Tests.Delivery.StaticView;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Tests.Delivery;

/// <summary>The whole way over HTTP/2: Kestrel, sessions, and clients that behave, dawdle or send garbage.</summary>
public sealed class DiscoveryServiceTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static Pb.DiscoveryRequest Ask(string typeUrl, Pb.DiscoveryResponse? accepted = null, params string[] names)
    {
        var request = new Pb.DiscoveryRequest
        {
            TypeUrl = typeUrl,
            Node = new Pb.Node { Id = "sidecar~10.0.0.7~web.shop~shop.svc.cluster.local" },
            ResponseNonce = accepted?.Nonce ?? "",
            VersionInfo = accepted?.VersionInfo ?? "",
        };
        request.ResourceNames.AddRange(names);
        return request;
    }

    private static async Task<TResponse> ReadAsync<TRequest, TResponse>(GrpcDuplexCall<TRequest, TResponse> call)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        Assert.True(await call.MoveNextAsync().AsTask().WaitAsync(Patience));
        return call.Current;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition())
        {
            await Task.Delay(5, patience.Token);
        }
    }

    [Fact]
    public async Task A_sotw_client_gets_the_state_and_every_change_of_it()
    {
        await using var host = await DiscoveryHost.StartAsync();
        using var channel = new GrpcChannel(host.Address);
        await using var call = channel.OpenDuplex(DiscoveryService.SotwMethod);
        // Asked before the first state is known: answered when it is.
        await call.WriteAsync(Ask(TypeUrls.Cluster));
        await UntilAsync(() => host.Status.Clients is [{ Types.Count: 1 }]);
        host.Store.Publish(new StaticView("1", Cluster("a")));

        var first = await ReadAsync(call);
        Assert.Equal("a", first.Resources.Single().Unpack<Pb.Cluster>().Name);
        await call.WriteAsync(Ask(TypeUrls.Cluster, first));
        await UntilAsync(() => host.Status.Clients[0].Types[0].State == "SYNCED");
        host.Store.Publish(new StaticView("2", Cluster("a", "x"), Cluster("b")) { ChangedAt = TimeProvider.System.GetTimestamp() });
        var second = await ReadAsync(call);
        Assert.Equal(["a", "b"], second.Resources.Select(r => r.Unpack<Pb.Cluster>().Name));
        await call.WriteAsync(Ask(TypeUrls.Cluster, second));
        await UntilAsync(() => host.Status.Clients[0].Types[0].AckedVersion == second.VersionInfo);

        await UntilAsync(() =>
            host.Metrics.ToText().Contains("config_change_to_ack_seconds_count{type=\"cds\"} 1\n", StringComparison.Ordinal)
        );
        var text = host.Metrics.ToText();
        Assert.Contains("pilot_xds 1\n", text);
        Assert.Contains("pilot_xds_pushes{type=\"cds\"} 2\n", text);
        await call.CompleteWritesAsync();
        Assert.False(await call.MoveNextAsync());
        await UntilAsync(() => host.Status.Clients.Count == 0);
        Assert.Contains("pilot_xds 0\n", host.Metrics.ToText());
    }

    [Fact]
    public async Task A_delta_client_gets_the_state_and_then_the_differences()
    {
        await using var host = await DiscoveryHost.StartAsync();
        host.Store.Publish(new StaticView("1", Cluster("a"), Cluster("b")));
        using var channel = new GrpcChannel(host.Address);
        await using var call = channel.OpenDuplex(DiscoveryService.DeltaMethod);
        await call.WriteAsync(new Pb.DeltaDiscoveryRequest { TypeUrl = TypeUrls.Cluster });
        var first = await ReadAsync(call);
        Assert.Equal(["a", "b"], first.Resources.Select(r => r.Name));

        host.Store.Publish(new StaticView("2", Cluster("b", "changed")));
        var (second, third) = (await ReadAsync(call), await ReadAsync(call));
        Assert.Equal("changed", second.Resources.Single().Resource_.Unpack<Pb.Cluster>().AltStatName);
        Assert.Equal(["a"], third.RemovedResources);

        await call.WriteAsync(
            new Pb.DeltaDiscoveryRequest
            {
                TypeUrl = TypeUrls.Cluster,
                ResponseNonce = third.Nonce,
                ErrorDetail = new Pb.Status { Code = 3, Message = "I liked it" },
            }
        );
        await UntilAsync(() => host.Status.Clients[0].Types[0].NackError == "I liked it");
        await UntilAsync(() => host.Metrics.ToText().Contains("pilot_total_xds_rejects{type=\"cds\"} 1\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_that_does_not_read_delays_nobody_and_then_gets_the_latest()
    {
        const int changes = 30;
        static StaticView Big(int i) =>
            new($"{i}", Enumerable.Range(0, 40).Select(n => Cluster($"c{n:00}", $"{i}:" + new string('x', 100_000))));

        await using var host = await DiscoveryHost.StartAsync();
        host.Store.Publish(Big(0));
        using var slowChannel = new GrpcChannel(host.Address, new GrpcChannelOptions { MaxReceiveMessageSize = 64 << 20 });
        using var fastChannel = new GrpcChannel(host.Address, new GrpcChannelOptions { MaxReceiveMessageSize = 64 << 20 });
        await using var slow = slowChannel.OpenDuplex(DiscoveryService.SotwMethod);
        await using var fast = fastChannel.OpenDuplex(DiscoveryService.SotwMethod);
        await slow.WriteAsync(Ask(TypeUrls.Cluster));
        await fast.WriteAsync(Ask(TypeUrls.Cluster));

        for (var i = 0; i <= changes; i++)
        {
            var response = await ReadAsync(fast);
            await fast.WriteAsync(Ask(TypeUrls.Cluster, response));
            Assert.StartsWith($"{i}:", response.Resources[0].Unpack<Pb.Cluster>().AltStatName);
            if (i < changes)
            {
                host.Store.Publish(Big(i + 1));
            }
        }

        var read = 0;
        string last;
        do
        {
            last = (await ReadAsync(slow)).Resources[0].Unpack<Pb.Cluster>().AltStatName;
            read++;
        } while (!last.StartsWith($"{changes}:", StringComparison.Ordinal));
        Assert.InRange(read, 1, changes - 1);
    }

    [Fact]
    public async Task A_client_that_never_reads_is_dropped()
    {
        await using var host = await DiscoveryHost.StartAsync(new DiscoveryOptions { WriteTimeout = TimeSpan.FromMilliseconds(200) });
        host.Store.Publish(new StaticView("1", Enumerable.Range(0, 100).Select(n => Cluster($"c{n}", new string('x', 1_000_000)))));
        using var channel = new GrpcChannel(host.Address);
        await using var call = channel.OpenDuplex(DiscoveryService.SotwMethod);
        await call.WriteAsync(Ask(TypeUrls.Cluster));
        await UntilAsync(() => host.Metrics.ToText().Contains("pilot_xds_write_timeout 1\n", StringComparison.Ordinal));
        await UntilAsync(() => host.Status.Clients.Count == 0);
    }

    [Fact]
    public async Task Garbage_ends_its_own_stream_with_a_status_and_the_others_are_served()
    {
        await using var host = await DiscoveryHost.StartAsync();
        host.Store.Publish(new StaticView("1", Cluster("a")));
        using var channel = new GrpcChannel(host.Address);
        await using var healthy = channel.OpenDuplex(DiscoveryService.SotwMethod);
        await healthy.WriteAsync(Ask(TypeUrls.Cluster));
        await ReadAsync(healthy);

        // Field 2 of a DataSource is bytes, of a DiscoveryRequest a node: the bytes are read as a message.
        var garbage = new GrpcMethod<Pb.DataSource, Pb.DiscoveryResponse>(
            DiscoveryService.SotwMethod.FullName,
            Pb.DataSource.Parser,
            Pb.DiscoveryResponse.Parser
        );
        var random = new Random(7);
        for (var i = 0; i < 50; i++)
        {
            var bytes = new byte[random.Next(1, 200)];
            random.NextBytes(bytes);
            await using var call = channel.OpenDuplex(garbage);
            await call.WriteAsync(new Pb.DataSource { InlineBytes = ByteString.CopyFrom(bytes) });
            // What happens to be a node lacks the type URL, so either way the stream ends.
            var error = await Assert.ThrowsAsync<GrpcException>(() => call.MoveNextAsync().AsTask().WaitAsync(Patience));
            Assert.Contains(error.Status.Code, new[] { GrpcStatusCode.Internal, GrpcStatusCode.InvalidArgument });
        }

        host.Store.Publish(new StaticView("2", Cluster("a", "changed")));
        Assert.Equal("changed", (await ReadAsync(healthy)).Resources.Single().Unpack<Pb.Cluster>().AltStatName);
        await UntilAsync(() => host.Status.Clients.Count == 1);
    }

    [Fact]
    public async Task A_client_that_asks_for_too_much_is_told_so()
    {
        await using var host = await DiscoveryHost.StartAsync(new DiscoveryOptions { MaxNamesPerSubscription = 3 });
        using var channel = new GrpcChannel(host.Address);
        await using var call = channel.OpenDuplex(DiscoveryService.SotwMethod);
        await call.WriteAsync(Ask(TypeUrls.Route, null, "a", "b", "c", "d"));
        var error = await Assert.ThrowsAsync<GrpcException>(() => call.MoveNextAsync().AsTask().WaitAsync(Patience));
        Assert.Equal(GrpcStatusCode.ResourceExhausted, error.Status.Code);
        Assert.Contains("4 resource names for RDS", error.Status.Message);
    }

    [Fact]
    public async Task A_hundred_thousand_names_are_too_many()
    {
        await using var host = await DiscoveryHost.StartAsync(new DiscoveryOptions());
        using var channel = new GrpcChannel(host.Address);
        await using var call = channel.OpenDuplex(DiscoveryService.SotwMethod);
        await call.WriteAsync(Ask(TypeUrls.Route, null, [.. Enumerable.Range(0, 100_000).Select(i => $"name-{i}")]));
        var error = await Assert.ThrowsAsync<GrpcException>(() => call.MoveNextAsync().AsTask().WaitAsync(Patience));
        Assert.Equal(GrpcStatusCode.ResourceExhausted, error.Status.Code);
    }

    [Fact]
    public async Task A_node_that_describes_itself_without_end_is_refused()
    {
        await using var host = await DiscoveryHost.StartAsync(new DiscoveryOptions());
        using var channel = new GrpcChannel(host.Address);
        await using var call = channel.OpenDuplex(DiscoveryService.SotwMethod);
        var request = Ask(TypeUrls.Cluster, null);
        request.Node = new Pb.Node { Id = "sidecar~10.0.0.1~a.b~b.svc.cluster.local", Metadata = new() };
        request.Node.Metadata.Fields["FILLING"] = Google.Protobuf.WellKnownTypes.Value.ForString(new string('x', 1024 * 1024));
        await call.WriteAsync(request);
        var error = await Assert.ThrowsAsync<GrpcException>(() => call.MoveNextAsync().AsTask().WaitAsync(Patience));
        Assert.Equal(GrpcStatusCode.ResourceExhausted, error.Status.Code);
        Assert.Contains("the node's description has", error.Status.Message);
    }

    [Fact]
    public async Task A_client_that_asks_without_a_pause_is_slowed_and_others_are_served()
    {
        await using var host = await DiscoveryHost.StartAsync(new DiscoveryOptions { RequestBurst = 50 });
        host.Store.Publish(new StaticView("1", Cluster("a", "first")));
        using var channel = new GrpcChannel(host.Address);
        await using var busy = channel.OpenDuplex(DiscoveryService.SotwMethod);
        using var stop = new CancellationTokenSource();
        var sending = Task.Run(async () =>
        {
            try
            {
                while (!stop.IsCancellationRequested)
                {
                    // Of an old nonce: cost without an answer.
                    await busy.WriteAsync(new Pb.DiscoveryRequest { TypeUrl = TypeUrls.Cluster, ResponseNonce = "old" });
                }
            }
            catch (Exception e) when (e is GrpcException or OperationCanceledException or ObjectDisposedException or IOException)
            {
                // Its windows are shut, and the test is over.
            }
        });
        await UntilAsync(() =>
            host.Metrics.ToText().Contains("mesh_xds_slowed_requests_total ", StringComparison.Ordinal)
            && !host.Metrics.ToText().Contains("mesh_xds_slowed_requests_total 0", StringComparison.Ordinal)
        );
        using var other = new GrpcChannel(host.Address);
        await using var call = other.OpenDuplex(DiscoveryService.SotwMethod);
        await call.WriteAsync(Ask(TypeUrls.Cluster, null));
        Assert.Equal("first", (await ReadAsync(call)).Resources.Single().Unpack<Pb.Cluster>().AltStatName);
        await stop.CancelAsync();
        await busy.DisposeAsync();
        await sending;
    }
}
