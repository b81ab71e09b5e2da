using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace Mesh.Proxy.Connections;

/// <summary>
/// Pure: reads server name and protocols out of a ClientHello (RFC 8446 4.1.2, RFC 6066 3, RFC 7301 3.1) that may be cut into records and segments anywhere. Decrypts
/// nothing, decides nothing about versions or ciphers, and never throws.
/// </summary>
internal static class ClientHelloParser
{
    /// <summary>Bytes that are looked at, records' headers included; Envoy's limit. Real ones have 0.2 to 2.5 KiB.</summary>
    public const int MaxBytes = 16 * 1024;

    private const byte HandshakeRecord = 22;
    private const byte ClientHelloMessage = 1;
    private const int RecordHeader = 5;
    private const int MessageHeader = 4;
    private const int MaxFragment = 16 * 1024;
    private const int RandomBytes = 32;
    private const int MaxName = 255;
    private const int MaxProtocols = 32;
    private const ushort ServerNameExtension = 0;
    private const ushort ProtocolsExtension = 16;
    private const byte HostName = 0;

    /// <param name="start">Everything that came so far.</param>
    public static ClientHello Parse(ReadOnlySpan<byte> start)
    {
        byte[]? joined = null;
        try
        {
            var hello = Parse(start, ref joined);
            return hello.Status == ClientHelloStatus.Incomplete && start.Length >= MaxBytes ? new(ClientHelloStatus.TooLarge) : hello;
        }
        finally
        {
            if (joined is not null)
            {
                ArrayPool<byte>.Shared.Return(joined);
            }
        }
    }

    private static ClientHello Parse(ReadOnlySpan<byte> bytes, ref byte[]? joined)
    {
        var used = 0;
        while (true)
        {
            if ((bytes.Length > 0 && bytes[0] != HandshakeRecord) || (bytes.Length > 1 && bytes[1] != 3))
            {
                return new(ClientHelloStatus.NotTls);
            }

            if (bytes.Length < RecordHeader)
            {
                return new(ClientHelloStatus.Incomplete);
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]);
            if (length is 0 or > MaxFragment)
            {
                return new(ClientHelloStatus.NotTls);
            }

            if (used == 0 && bytes.Length > RecordHeader && bytes[RecordHeader] != ClientHelloMessage)
            {
                return new(ClientHelloStatus.NotTls);
            }

            if (bytes.Length < RecordHeader + length)
            {
                return new(ClientHelloStatus.Incomplete);
            }

            var message = bytes.Slice(RecordHeader, length);
            bytes = bytes[(RecordHeader + length)..];
            if (used > 0 || !IsWhole(message))
            {
                joined ??= ArrayPool<byte>.Shared.Rent(MaxBytes);
                if (used + length > MaxBytes)
                {
                    return new(ClientHelloStatus.TooLarge);
                }

                message.CopyTo(joined.AsSpan(used));
                used += length;
                message = joined.AsSpan(0, used);
            }

            if (IsWhole(message))
            {
                return Read(message.Slice(MessageHeader, SizeOf(message)));
            }
        }
    }

    private static bool IsWhole(ReadOnlySpan<byte> message) =>
        message.Length >= MessageHeader && message.Length >= MessageHeader + SizeOf(message);

    private static int SizeOf(ReadOnlySpan<byte> message) => (message[1] << 16) | (message[2] << 8) | message[3];

    // legacy_version, random, legacy_session_id, cipher_suites, legacy_compression_methods, extensions
    private static ClientHello Read(ReadOnlySpan<byte> hello)
    {
        var read = new ClientHello(ClientHelloStatus.Complete);
        if (hello.Length < 2 + RandomBytes)
        {
            return read;
        }

        hello = hello[(2 + RandomBytes)..];
        if (!TryTake(ref hello, 1, out _) || !TryTake(ref hello, 2, out _) || !TryTake(ref hello, 1, out _))
        {
            return read;
        }

        if (!TryTake(ref hello, 2, out var extensions))
        {
            return read;
        }

        while (extensions.Length >= 2)
        {
            var type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            extensions = extensions[2..];
            if (!TryTake(ref extensions, 2, out var body))
            {
                return read;
            }

            if (type == ServerNameExtension && read.ServerName is null)
            {
                read = read with { ServerName = TryTake(ref body, 2, out var names) ? HostNameIn(names) : null };
            }
            else if (type == ProtocolsExtension && read.Protocols.IsDefault && TryTake(ref body, 2, out var protocols))
            {
                read = read with { Protocols = ProtocolsIn(protocols) };
            }
        }

        return read;
    }

    private static ImmutableArray<string> ProtocolsIn(ReadOnlySpan<byte> list)
    {
        var found = ImmutableArray.CreateBuilder<string>();
        while (TryTake(ref list, 1, out var name) && found.Count < MaxProtocols)
        {
            found.Add(Encoding.Latin1.GetString(name));
        }

        return found.ToImmutable();
    }

    private static string? HostNameIn(ReadOnlySpan<byte> names)
    {
        while (names.Length > 0)
        {
            var type = names[0];
            names = names[1..];
            if (!TryTake(ref names, 2, out var name))
            {
                return null;
            }

            if (type == HostName)
            {
                return name.Length is > 0 and <= MaxName && name.IndexOfAnyExceptInRange((byte)0x21, (byte)0x7E) < 0
                    ? Encoding.ASCII.GetString(name).TrimEnd('.').ToLowerInvariant()
                    : null;
            }
        }

        return null;
    }

    // A vector: its length in so many bytes, then its content.
    private static bool TryTake(ref ReadOnlySpan<byte> from, int lengthBytes, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (from.Length < lengthBytes)
        {
            return false;
        }

        var length = lengthBytes == 1 ? from[0] : BinaryPrimitives.ReadUInt16BigEndian(from);
        if (from.Length < lengthBytes + length)
        {
            return false;
        }

        content = from.Slice(lengthBytes, length);
        from = from[(lengthBytes + length)..];
        return true;
    }
}
