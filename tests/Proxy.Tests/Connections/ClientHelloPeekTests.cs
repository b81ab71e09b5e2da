using System.Net;
using System.Net.Sockets;
using Mesh.Proxy.Connections;

namespace Mesh.Proxy.Tests.Connections;

/// <summary>Looking at the first bytes of a connection takes nothing from it, and comes to an end whatever the client does.</summary>
public sealed class ClientHelloPeekTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(100);

    private readonly Socket _client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly Socket _server;

    public ClientHelloPeekTests()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _client.Connect(listener.LocalEndPoint!);
        _server = listener.Accept();
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task A_hello_that_comes_byte_by_byte_is_put_together_and_left_where_it_is()
    {
        var hello = ClientHelloParserTests.Hello("bank.example");
        var looking = LookAsync(Long);
        foreach (var piece in hello.Chunk(1))
        {
            await _client.SendAsync(piece);
            await Task.Yield();
        }

        Assert.Equal(new ClientHello(ClientHelloStatus.Complete, "bank.example"), await looking);
        var left = new byte[hello.Length + 1];
        Assert.Equal(hello.Length, await _server.ReceiveAsync(left));
        Assert.Equal(hello, left[..^1]);
    }

    [Theory]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("\u0001\u0002\u0003")]
    [InlineData("\0")]
    public async Task Other_protocols_are_told_at_the_first_bytes(string start)
    {
        await _client.SendAsync(System.Text.Encoding.Latin1.GetBytes(start));
        Assert.Equal(ClientHelloStatus.NotTls, (await LookAsync(Long)).Status);
    }

    [Fact]
    public async Task Who_waits_for_the_server_to_speak_is_taken_for_it_after_a_while() =>
        Assert.Equal(ClientHelloStatus.NotTls, (await LookAsync(Short)).Status);

    [Fact]
    public async Task Who_begins_a_hello_and_stops_is_not_waited_for_without_end()
    {
        await _client.SendAsync(ClientHelloParserTests.Hello("bank.example")[..20]);
        var hello = await ClientHelloPeek.ReadAsync(_server, Long, Short, CancellationToken.None);
        Assert.Equal(ClientHelloStatus.NotTls, hello.Status);
    }

    [Fact]
    public async Task Who_leaves_without_a_word_has_said_nothing()
    {
        _client.Shutdown(SocketShutdown.Send);
        Assert.Equal(ClientHelloStatus.Incomplete, (await LookAsync(Long)).Status);
    }

    [Fact]
    public async Task A_hello_without_end_is_looked_at_so_far_and_no_further()
    {
        var looking = LookAsync(Long);
        await _client.SendAsync(ClientHelloParserTests.Records([1, 0, 0xFF, 0xFF, .. new byte[40_000]], 4000));
        Assert.Equal(ClientHelloStatus.TooLarge, (await looking).Status);
    }

    [Fact]
    public async Task A_proxy_that_stops_waits_for_nobody()
    {
        using var stopping = new CancellationTokenSource();
        var looking = ClientHelloPeek.ReadAsync(_server, Long, stopping.Token).AsTask();
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => looking);
    }

    private Task<ClientHello> LookAsync(TimeSpan patience) =>
        ClientHelloPeek.ReadAsync(_server, patience, CancellationToken.None).AsTask().WaitAsync(Long);
}
