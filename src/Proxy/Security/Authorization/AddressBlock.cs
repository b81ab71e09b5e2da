using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Proxy.Security.Authorization;

/// <summary>A block of addresses. An IPv4 address is the same one where a socket shows it mapped into IPv6.</summary>
internal readonly struct AddressBlock
{
    private const int MappedBits = 96;
    private static readonly UInt128 Mapped = (UInt128)0xFFFF << 32;

    private readonly UInt128 _first;
    private readonly UInt128 _mask;
    private readonly bool _isIPv4;
    private readonly int _length;

    /// <param name="address">Bits beyond the prefix do not count.</param>
    /// <param name="length">Of the prefix, in bits of the address.</param>
    public AddressBlock(IPAddress address, int length)
    {
        _length = length;
        var value = ValueOf(address);
        // What is written as mapped is meant as IPv4.
        _isIPv4 = IsIPv4(value) && (address.AddressFamily == AddressFamily.InterNetwork || length >= MappedBits);
        var bits = address.AddressFamily == AddressFamily.InterNetwork ? length + MappedBits : length;
        _mask = bits == 0 ? UInt128.Zero : UInt128.MaxValue << (128 - bits);
        _first = value & _mask;
    }

    public bool Contains(IPAddress address) => Contains(ValueOf(address));

    /// <param name="value">An IPv4 address is mapped into IPv6.</param>
    public bool Contains(UInt128 value) => IsIPv4(value) == _isIPv4 && (value & _mask) == _first;

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, _first);
        var address = new IPAddress(bytes);
        return $"{(_isIPv4 ? address.MapToIPv4() : address)}/{_length}";
    }

    private static bool IsIPv4(UInt128 value) => value >> 32 == Mapped >> 32;

    private static UInt128 ValueOf(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        return written == 4 ? Mapped | BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
