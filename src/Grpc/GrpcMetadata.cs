using System.Buffers;
using System.Collections;

namespace Mesh.Grpc;

/// <summary>
/// The headers or trailers of a call that belong to its users: an ordered list of names and values in which a name may repeat.
/// Names are lower case (<c>a-z 0-9 _ - .</c>); what the transport itself sends (<c>grpc-status</c>, <c>te</c>, ...) is never in it.
/// Repeated text values may arrive as one, joined by commas, as HTTP allows; repeated binary values always arrive apart.
/// </summary>
#pragma warning disable CA1710 // gRPC calls it metadata
public sealed class GrpcMetadata : IReadOnlyCollection<GrpcMetadataEntry>
#pragma warning restore CA1710
{
    private const string BinarySuffix = "-bin";
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_-.");
    private readonly List<GrpcMetadataEntry> _entries = [];

    /// <summary>The number of entries; a name that repeats counts as often as it occurs.</summary>
    public int Count => _entries.Count;

    /// <summary>Adds a text value: printable ASCII, under a name that does not end in <c>-bin</c>.</summary>
    /// <exception cref="ArgumentException">The name or the value cannot be sent.</exception>
    public GrpcMetadata Add(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        name = CheckName(name);
        if (IsBinary(name))
        {
            throw new ArgumentException(
                $"Metadata {name} ends in -bin and takes bytes; text needs a name without that ending.",
                nameof(name)
            );
        }
        if (value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            throw new ArgumentException(
                $"Metadata {name} must be printable ASCII; other values go as bytes under {name}-bin.",
                nameof(value)
            );
        }
        _entries.Add(new GrpcMetadataEntry(name, value));
        return this;
    }

    /// <summary>Adds a binary value under a name that ends in <c>-bin</c>; the bytes are copied.</summary>
    /// <exception cref="ArgumentException">The name cannot be sent or does not end in <c>-bin</c>.</exception>
    public GrpcMetadata Add(string name, ReadOnlySpan<byte> value)
    {
        name = CheckName(name);
        if (!IsBinary(name))
        {
            throw new ArgumentException($"Metadata {name} has bytes, so its name must end in -bin.", nameof(name));
        }
        _entries.Add(new GrpcMetadataEntry(name, value.ToArray()));
        return this;
    }

    /// <summary>The first text value of this name, or null.</summary>
    public string? GetText(string name) => TryFind(name, out var entry) ? entry.Text : null;

    /// <summary>The first value of this name as bytes, or null.</summary>
    public ReadOnlyMemory<byte>? GetBytes(string name) => TryFind(name, out var entry) ? entry.Bytes : null;

    /// <summary>All values of this name, in the order in which they came.</summary>
    public IEnumerable<GrpcMetadataEntry> GetAll(string name) =>
        _entries.Where(e => e.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <inheritdoc/>
    public IEnumerator<GrpcMetadataEntry> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Takes a header as it came over the wire; what belongs to the transport is left out.</summary>
    /// <exception cref="GrpcException">INTERNAL: a binary value is not base64.</exception>
    internal void AddReceived(string name, string value)
    {
        if (IsTransport(name))
        {
            return;
        }
        name = name.ToLowerInvariant();
        if (!IsBinary(name))
        {
            _entries.Add(new GrpcMetadataEntry(name, value));
            return;
        }
        // PROTOCOL-HTTP2: "implementations must split Binary-Headers on ',' before decoding"; padding may be there or not.
        foreach (var part in value.Split(',', StringSplitOptions.TrimEntries))
        {
            _entries.Add(new GrpcMetadataEntry(name, DecodeBase64(name, part.TrimEnd('='))));
        }
    }

    internal void AddAll(GrpcMetadata other) => _entries.AddRange(other._entries);

    private static byte[] DecodeBase64(string name, string text)
    {
        var padded = text.PadRight((text.Length + 3) / 4 * 4, '=');
        try
        {
            return Convert.FromBase64String(padded);
        }
        catch (FormatException e)
        {
            throw new GrpcException(GrpcStatusCode.Internal, $"metadata {name} is not base64", e);
        }
    }

    private bool TryFind(string name, out GrpcMetadataEntry found)
    {
        foreach (var entry in _entries)
        {
            if (entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                found = entry;
                return true;
            }
        }
        found = default;
        return false;
    }

    private static string CheckName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        name = name.ToLowerInvariant();
        if (name.AsSpan().ContainsAnyExcept(NameCharacters))
        {
            throw new ArgumentException($"Metadata name \"{name}\" may only have a-z, 0-9, '_', '-' and '.'.", nameof(name));
        }
        return IsTransport(name) ? throw new ArgumentException($"Metadata name {name} belongs to the transport.", nameof(name)) : name;
    }

    private static bool IsBinary(string name) => name.EndsWith(BinarySuffix, StringComparison.Ordinal);

    private static bool IsTransport(string name) =>
        name.StartsWith(':')
        || name.ToLowerInvariant()
            is "grpc-status"
                or "grpc-message"
                or "grpc-timeout"
                or "grpc-encoding"
                or "grpc-accept-encoding"
                or "content-type"
                or "content-length"
                or "te"
                or "host"
                or "date"
                or "connection"
                or "transfer-encoding"
                or "trailer";
}
