using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Proxy.Connections;

/// <summary>Asks the kernel where a redirected connection was going (netfilter's conntrack entry).</summary>
internal static class OriginalDestination
{
    // linux/netfilter_ipv4.h SO_ORIGINAL_DST and linux/netfilter_ipv6/ip6_tables.h IP6T_SO_ORIGINAL_DST share the number.
    private const int SoOriginalDst = 80;
    private const int SolIp = 0;
    private const int SolIpv6 = 41;
    private const int SolSocket = 1;
    private const int SoMark = 36;
    private const int IpTransparent = 19;
    private const int IpBindAddressNoPort = 24;
    private const int SockaddrIn = 16;
    private const int SockaddrIn6 = 28;

    /// <summary>Null where the connection was not redirected, or was going to the listening socket itself.</summary>
    public static IPEndPoint? Of(Socket socket)
    {
        if (socket.LocalEndPoint is not IPEndPoint local)
        {
            return null;
        }

        var destination = Read(socket, ipv6: local.AddressFamily == AddressFamily.InterNetworkV6 && !local.Address.IsIPv4MappedToIPv6);
        return destination is null || (destination.Port == local.Port && destination.Address.Equals(Unmap(local).Address))
            ? null
            : destination;
    }

    /// <summary>A transparent socket has the destination itself as its address; null where a client connected to the proxy's own port.</summary>
    public static IPEndPoint? OfTransparent(IPEndPoint local, int port) => local.Port == port ? null : local;

    /// <summary>Lets a socket have addresses that are not this host's.</summary>
    /// <exception cref="SocketException">Without CAP_NET_ADMIN.</exception>
    public static void MakeTransparent(Socket socket)
    {
        Span<byte> yes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(yes, 1);
        // Both families share the flag (linux/in.h, IP_TRANSPARENT).
        socket.SetRawSocketOption(SolIp, IpTransparent, yes);
    }

    /// <summary>
    /// Has a bound socket's port chosen when it connects: as one of those free towards that destination, instead of one that no other connection
    /// from the address has, of which there are some 28,000 for all destinations and a minute's closed connections together.
    /// </summary>
    public static void ChoosePortLate(Socket socket)
    {
        Span<byte> yes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(yes, 1);
        socket.SetRawSocketOption(SolIp, IpBindAddressNoPort, yes);
    }

    /// <summary>Marks a socket's packets for the kernel's rules.</summary>
    /// <exception cref="SocketException">Without CAP_NET_ADMIN.</exception>
    public static void Mark(Socket socket, int mark)
    {
        Span<byte> value = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(value, mark);
        socket.SetRawSocketOption(SolSocket, SoMark, value);
    }

    /// <summary>An IPv4 address in its own family, where a socket for both has it as an IPv6 address.</summary>
    public static IPEndPoint Unmap(IPEndPoint address) =>
        address.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(address.Address.MapToIPv4(), address.Port) : address;

    private static IPEndPoint? Read(Socket socket, bool ipv6)
    {
        Span<byte> address = stackalloc byte[ipv6 ? SockaddrIn6 : SockaddrIn];
        try
        {
            var length = socket.GetRawSocketOption(ipv6 ? SolIpv6 : SolIp, SoOriginalDst, address);
            if (length < address.Length)
            {
                return null;
            }
        }
        catch (SocketException)
        {
            // ENOENT or ENOPROTOOPT: netfilter knows nothing of this connection, so it was not redirected.
            return null;
        }

        var port = BinaryPrimitives.ReadUInt16BigEndian(address[2..]);
        return ipv6 ? new IPEndPoint(new IPAddress(address.Slice(8, 16)), port) : new IPEndPoint(new IPAddress(address.Slice(4, 4)), port);
    }
}
