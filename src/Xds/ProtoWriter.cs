using System.Text;

namespace Mesh.Xds;

/// <summary>Writes the length-delimited fields of a protobuf message into a span of the exact size, around bodies that are serialised already.</summary>
internal ref struct ProtoWriter(Span<byte> destination)
{
    private readonly Span<byte> destination = destination;
    private int position;

    public readonly int Position => position;

    public static int SizeOfVarint(uint value)
    {
        var size = 1;
        for (; value >= 0x80; value >>= 7)
        {
            size++;
        }
        return size;
    }

    public static int SizeOfHeader(int field, int length) => SizeOfBytes(field, length) - length;

    // Field numbers up to 15 have a tag of one byte, and no message written here has a larger one.
    public static int SizeOfBytes(int field, int length) => SizeOfVarint((uint)field << 3) + SizeOfVarint((uint)length) + length;

    public static int SizeOfString(int field, string value) => SizeOfBytes(field, Encoding.UTF8.GetByteCount(value));

    public void WriteHeader(int field, int length)
    {
        WriteVarint(((uint)field << 3) | 2);
        WriteVarint((uint)length);
    }

    public void WriteBytes(int field, ReadOnlySpan<byte> value)
    {
        WriteHeader(field, value.Length);
        value.CopyTo(destination[position..]);
        position += value.Length;
    }

    public void WriteString(int field, string value)
    {
        WriteHeader(field, Encoding.UTF8.GetByteCount(value));
        position += Encoding.UTF8.GetBytes(value, destination[position..]);
    }

    /// <summary>proto3 leaves out an empty string.</summary>
    public void WriteStringUnlessEmpty(int field, string value)
    {
        if (value.Length > 0)
        {
            WriteString(field, value);
        }
    }

    public static int SizeOfStringUnlessEmpty(int field, string value) => value.Length == 0 ? 0 : SizeOfString(field, value);

    private void WriteVarint(uint value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            destination[position++] = (byte)(value | 0x80);
        }
        destination[position++] = (byte)value;
    }
}
