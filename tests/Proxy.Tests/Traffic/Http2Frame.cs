namespace Mesh.Proxy.Tests.Traffic;

/// <summary>One frame as it came.</summary>
internal sealed record Http2Frame(byte Type, byte Flags, int Stream, byte[] Payload)
{
    public bool EndsStream => Type is Http2Wire.Data or Http2Wire.Headers && (Flags & Http2Wire.EndStream) != 0;
}
