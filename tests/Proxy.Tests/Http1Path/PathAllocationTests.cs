using System.Net;
using System.Net.Sockets;
using Mesh.Proxy.Tests.Traffic;

namespace Mesh.Proxy.Tests.Http1Path;

[Collection(nameof(PathAllocationTests))]
[CollectionDefinition(nameof(PathAllocationTests), DisableParallelization = true)]
public sealed class PathAllocationTests
{
    private const int Clients = 8;
    private const int Warm = 2_000;
    private const int Measured = 10_000;
    private const int MostBytesPerRequest = 100;

    private static readonly byte[] Request = PathProxy.Bytes(
        "POST /api/items?page=2 HTTP/1.1\r\nHost: shop:9080\r\nUser-Agent: test\r\nX-Request-Id: 1\r\nContent-Length: 5\r\n\r\nhello"
    );

    private static readonly byte[] Response = PathProxy.Bytes(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 20\r\n\r\n01234567890123456789"
    );

    [Fact]
    public async Task A_request_through_the_whole_path_allocates_next_to_nothing()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = new Thread(() => Serve(listener)) { IsBackground = true };
        serving.Start();
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster((IPEndPoint)listener.LocalEndpoint), TimeSpan.FromSeconds(15)))
        );
        using var warm = new Barrier(Clients + 1);
        using var done = new Barrier(Clients + 1);
        var threads = Enumerable
            .Range(0, Clients)
            .Select(_ => new Thread(() => Ask(proxy.Outbound, warm, done)) { IsBackground = true })
            .ToArray();
        foreach (var thread in threads)
        {
            thread.Start();
        }

        warm.SignalAndWait();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        warm.SignalAndWait();
        done.SignalAndWait();
        var perRequest = (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)(Clients * Measured);

        foreach (var thread in threads)
        {
            thread.Join();
        }

        Assert.True(perRequest <= MostBytesPerRequest, $"{perRequest:F1} bytes a request");
    }

    // Blocking sockets on threads of their own: they allocate nothing that would be taken for the proxy's.
    private static void Ask(IPEndPoint address, Barrier warm, Barrier done)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(address);
        var buffer = new byte[4096];
        Exchange(Warm);
        warm.SignalAndWait();
        warm.SignalAndWait();
        Exchange(Measured);
        done.SignalAndWait();

        void Exchange(int count)
        {
            for (var i = 0; i < count; i++)
            {
                socket.Send(Request);
                var received = 0;
                while (!buffer.AsSpan(0, received).EndsWith(Response.AsSpan(Response.Length - 20)))
                {
                    received += socket.Receive(buffer.AsSpan(received));
                }
            }
        }
    }

    private static void Serve(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var socket = listener.AcceptSocket();
                new Thread(() => Answer(socket)) { IsBackground = true }.Start();
            }
        }
        catch (SocketException)
        {
            // The test is over.
        }
    }

    private static void Answer(Socket socket)
    {
        using (socket)
        {
            socket.NoDelay = true;
            var buffer = new byte[4096];
            try
            {
                while (true)
                {
                    var received = 0;
                    while (!buffer.AsSpan(0, received).EndsWith("hello"u8))
                    {
                        var count = socket.Receive(buffer.AsSpan(received));
                        if (count == 0)
                        {
                            return;
                        }

                        received += count;
                    }

                    socket.Send(Response);
                }
            }
            catch (SocketException)
            {
                // The proxy closed it.
            }
        }
    }
}
