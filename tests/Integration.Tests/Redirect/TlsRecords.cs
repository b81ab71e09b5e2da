namespace Mesh.Integration.Tests.Redirect;

/// <summary>Tells encrypted streams from readable ones.</summary>
internal static class TlsRecords
{
    /// <summary>Whether all of it is TLS records (RFC 8446 5.1), the last one perhaps not whole.</summary>
    public static bool Are(byte[] stream)
    {
        for (var at = 0; at + 5 <= stream.Length; )
        {
            var length = (stream[at + 3] << 8) | stream[at + 4];
            if (stream[at] is < 20 or > 23 || stream[at + 1] != 3 || length > 16640)
            {
                return false;
            }

            at += 5 + length;
        }

        return stream.Length >= 5;
    }
}
