using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Mesh.Config.Reading;

/// <summary>A document by its text and its place: the same text elsewhere has other lines to tell.</summary>
internal readonly record struct DocumentKey(int FirstLine, ulong High, ulong Low)
{
    internal static DocumentKey Of(string text, int firstLine)
    {
        // 128 bits of SHA-256: nobody can make two documents meet in them.
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(text.AsSpan()), hash);
        return new(firstLine, BinaryPrimitives.ReadUInt64BigEndian(hash), BinaryPrimitives.ReadUInt64BigEndian(hash[8..]));
    }
}
