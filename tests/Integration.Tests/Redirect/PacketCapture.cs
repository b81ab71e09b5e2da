using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Redirect;

/// <summary>tcpdump on the cable between two pods, and the TCP streams in what it has written.</summary>
internal sealed class PacketCapture : IDisposable
{
    // pcap(5): a header of the file, one before each packet; the link is Ethernet.
    private const int FileHeader = 24;
    private const int PacketHeader = 16;
    private const int Ethernet = 14;

    private readonly Process _tcpdump;
    private readonly string _file;

    private PacketCapture(Process tcpdump, string file) => (_tcpdump, _file) = (tcpdump, file);

    /// <summary>Of what comes to the applications of the pods that <see cref="RedirectMesh"/> starts there.</summary>
    public static async Task<PacketCapture> StartAsync(NetworkNamespace host, string file)
    {
        var tcpdump = Process.Start(
            new ProcessStartInfo(
                "ip",
                [
                    "netns",
                    "exec",
                    host.Name,
                    Peers.FindProgram("tcpdump")!,
                    "-i",
                    host.Interface,
                    "-Z",
                    "root",
                    "--immediate-mode",
                    "-U",
                    "-n",
                    "-w",
                    file,
                    "tcp",
                    "portrange",
                    "8080-8086",
                ]
            )
            {
                RedirectStandardError = true,
            }
        )!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await tcpdump.StandardError.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.Contains("listening on", StringComparison.Ordinal))
            {
                return new PacketCapture(tcpdump, file);
            }
        }

        throw new InvalidOperationException("tcpdump does not listen");
    }

    /// <summary>Ends the capture; what each side of each connection sent, in its order.</summary>
    public async Task<IReadOnlyDictionary<(IPEndPoint From, IPEndPoint To), byte[]>> StopAsync()
    {
        using (var interrupt = Process.Start("kill", ["-INT", $"{_tcpdump.Id}"]))
        {
            await interrupt.WaitForExitAsync();
        }

        await _tcpdump.WaitForExitAsync();
        return Streams(await File.ReadAllBytesAsync(_file));
    }

    public void Dispose()
    {
        if (!_tcpdump.HasExited)
        {
            _tcpdump.Kill();
        }

        _tcpdump.Dispose();
    }

    private static Dictionary<(IPEndPoint From, IPEndPoint To), byte[]> Streams(ReadOnlySpan<byte> file)
    {
        var segments = new Dictionary<(IPEndPoint, IPEndPoint), List<(uint Sequence, byte[] Bytes)>>();
        for (var at = FileHeader; at + PacketHeader <= file.Length; )
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(file[(at + 8)..]);
            Read(file.Slice(at + PacketHeader, length), segments);
            at += PacketHeader + length;
        }

        return segments.ToDictionary(stream => stream.Key, stream => Joined(stream.Value));
    }

    private static void Read(ReadOnlySpan<byte> packet, Dictionary<(IPEndPoint, IPEndPoint), List<(uint, byte[])>> segments)
    {
        if (packet.Length < Ethernet + 40 || BinaryPrimitives.ReadUInt16BigEndian(packet[12..]) != 0x0800)
        {
            return;
        }

        var ip = packet[Ethernet..];
        if (ip[9] != 6)
        {
            return;
        }

        var total = BinaryPrimitives.ReadUInt16BigEndian(ip[2..]);
        var tcp = ip[((ip[0] & 0xf) * 4)..(total == 0 ? ip.Length : total)];
        var bytes = tcp[((tcp[12] >> 4) * 4)..];
        if (bytes.Length == 0)
        {
            return;
        }

        var key = (
            new IPEndPoint(new IPAddress(ip.Slice(12, 4)), BinaryPrimitives.ReadUInt16BigEndian(tcp)),
            new IPEndPoint(new IPAddress(ip.Slice(16, 4)), BinaryPrimitives.ReadUInt16BigEndian(tcp[2..]))
        );
        if (!segments.TryGetValue(key, out var stream))
        {
            segments[key] = stream = [];
        }

        stream.Add((BinaryPrimitives.ReadUInt32BigEndian(tcp[4..]), bytes.ToArray()));
    }

    // Differences, not numbers: they wrap around. What was sent twice counts once.
    private static byte[] Joined(List<(uint Sequence, byte[] Bytes)> segments)
    {
        var start = segments.MinBy(segment => (int)(segment.Sequence - segments[0].Sequence)).Sequence;
        var joined = new List<byte>();
        foreach (var (sequence, bytes) in segments.OrderBy(segment => segment.Sequence - start))
        {
            var known = joined.Count - (int)(sequence - start);
            Assert.True(known >= 0, "tcpdump missed a packet");
            joined.AddRange(bytes.Skip(known));
        }

        return [.. joined];
    }
}
