using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Mesh.ControlPlane.Tests.Identity;

namespace Mesh.ControlPlane.Tests.Host;

/// <summary>Clients of the xDS ports that send frames which only cost: cut off and counted, and the next is served.</summary>
public sealed class XdsFloodTests
{
    private const byte Settings = 4;
    private const byte Ping = 6;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_flood_of_pings_is_cut_and_the_next_client_served(bool secure)
    {
        await using var host = await IdentityHost.StartAsync();
        var address = secure ? host.Control.SecureAds : host.Control.Ads;
        await using (var flooding = await OpenAsync(address, secure))
        {
            var reading = DrainAsync(flooding);
            byte[] many = [.. Enumerable.Repeat(Frame(Ping, 0, new byte[8]), 100).SelectMany(frame => frame)];
            try
            {
                for (var i = 0; i < 1000; i++)
                {
                    await flooding.WriteAsync(many);
                }
            }
            catch (IOException)
            {
                // Cut; what the kernel takes behind the end is not ours to count.
            }

            await reading.WaitAsync(TimeSpan.FromSeconds(60));
        }

        await using var next = await OpenAsync(address, secure);
        await next.WriteAsync(Frame(Ping, 0, "are you?"u8));
        Assert.Equal("are you?"u8.ToArray(), await ReadPingAsync(next));
        using var http = new HttpClient();
        var metrics = await http.GetStringAsync(new Uri($"http://{host.Control.Monitoring}/metrics"));
        Assert.Contains("mesh_xds_http2_floods_total 1\n", metrics, StringComparison.Ordinal);
    }

    private static async Task<Stream> OpenAsync(IPEndPoint address, bool secure)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, address.Port);
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        if (secure)
        {
            var tls = new SslStream(stream);
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    ApplicationProtocols = [SslApplicationProtocol.Http2],
                    // Who the server is is not this test's question.
#pragma warning disable CA5359
                    RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
                }
            );
            stream = tls;
        }

        await stream.WriteAsync((byte[])[.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, [])]);
        return stream;
    }

    private static byte[] Frame(byte type, byte flags, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        frame[3] = type;
        frame[4] = flags;
        payload.CopyTo(frame.AsSpan(9));
        return frame;
    }

    private static async Task DrainAsync(Stream stream)
    {
        try
        {
            await stream.CopyToAsync(Stream.Null);
        }
        catch (IOException)
        {
            // Cut, as it should be.
        }
    }

    private static async Task<byte[]> ReadPingAsync(Stream stream)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var head = new byte[9];
        while (true)
        {
            await stream.ReadExactlyAsync(head, limit.Token);
            var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
            await stream.ReadExactlyAsync(payload, limit.Token);
            if (head[3] == Ping)
            {
                return payload;
            }
        }
    }
}
