using Google.Protobuf;

namespace Mesh.Xds;

/// <summary>
/// One named resource as it goes onto the wire: immutable, serialised once, shared by every node that gets it.
/// Equal content has an equal <see cref="Version"/>.
/// </summary>
public sealed class XdsResource
{
    private readonly byte[] any;
    private readonly int bodyStart;

    private XdsResource(string typeUrl, string name, byte[] any, int bodyStart, string? version)
    {
        TypeUrl = typeUrl;
        Name = name;
        this.any = any;
        this.bodyStart = bodyStart;
        Version = version ?? ContentHash.Of(any);
    }

    /// <summary>One of <see cref="TypeUrls"/>.</summary>
    public string TypeUrl { get; }

    /// <summary>Unique within its type.</summary>
    public string Name { get; }

    /// <summary>Content hash.</summary>
    public string Version { get; }

    /// <summary>The serialised <c>google.protobuf.Any</c>.</summary>
    public ReadOnlyMemory<byte> AnyBytes => any;

    /// <summary>The serialised message inside the Any.</summary>
    public ReadOnlyMemory<byte> Body => any.AsMemory(bodyStart);

    /// <summary>Serialises a message once. Map fields are written in key order, so the bytes depend on the content alone.</summary>
    /// <param name="name">The resource's own name, as in the message.</param>
    /// <param name="message">Not kept; the caller may reuse it.</param>
    public static XdsResource Create(string name, IMessage message)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(message);
        var typeUrl = TypeUrls.Prefix + message.Descriptor.FullName;
        var body = new byte[message.CalculateSize()];
        // Without it map fields are written in insertion order, and equal content would differ in its version.
        using var output = new CodedOutputStream(body) { Deterministic = true };
        message.WriteTo(output);
        output.CheckNoSpaceLeft();
        return Create(TypeUrls.TryIntern(typeUrl) ?? typeUrl, name, body);
    }

    /// <summary>Wraps a message that is serialised already, such as one read back from a file.</summary>
    /// <param name="typeUrl">One of <see cref="TypeUrls"/>.</param>
    /// <param name="name">The resource's own name, as in the message.</param>
    /// <param name="body">The message.</param>
    /// <param name="version">Equal where, and only where, the name and the body are equal; null to hash them here.</param>
    public static XdsResource Create(string typeUrl, string name, ReadOnlySpan<byte> body, string? version = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(typeUrl);
        ArgumentException.ThrowIfNullOrEmpty(name);
        var size = ProtoWriter.SizeOfString(1, typeUrl) + (body.IsEmpty ? 0 : ProtoWriter.SizeOfBytes(2, body.Length));
        var any = new byte[size];
        var writer = new ProtoWriter(any);
        writer.WriteString(1, typeUrl);
        if (!body.IsEmpty)
        {
            writer.WriteBytes(2, body);
        }
        return new XdsResource(typeUrl, name, any, size - body.Length, version);
    }

    /// <summary>Parses the message again; for tests and tools, the delivery path copies <see cref="AnyBytes"/>.</summary>
    public T Unpack<T>(MessageParser<T> parser)
        where T : IMessage<T> => parser.ParseFrom(Body.Span);

    /// <summary>For logs and test failures.</summary>
    public override string ToString() => $"{TypeUrls.ShortName(TypeUrl)} {Name}@{Version}";
}
