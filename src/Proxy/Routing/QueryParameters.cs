namespace Mesh.Proxy.Routing;

/// <summary>Parameters of a query, byte for byte as received.</summary>
internal static class QueryParameters
{
    /// <summary>The first with that name; the value is empty where it has none.</summary>
    public static bool TryFind(ReadOnlySpan<byte> query, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        while (!query.IsEmpty)
        {
            var end = query.IndexOf((byte)'&');
            var parameter = end < 0 ? query : query[..end];
            query = end < 0 ? default : query[(end + 1)..];
            var equals = parameter.IndexOf((byte)'=');
            if ((equals < 0 ? parameter : parameter[..equals]).SequenceEqual(name))
            {
                value = equals < 0 ? default : parameter[(equals + 1)..];
                return true;
            }
        }

        value = default;
        return false;
    }
}
