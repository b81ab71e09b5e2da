namespace Mesh.Proxy.Routing;

/// <summary>
/// Names of headers as applications behind CGI-like interfaces see them: <c>x_user</c> is <c>x-user</c> to them (RFC 3875 section 4.1.18), so what nobody
/// may say in the one spelling nobody may say in the other.
/// </summary>
internal static class HeaderSpelling
{
    /// <param name="name">In lower case, as <paramref name="wanted"/>.</param>
    public static bool IsSame(ReadOnlySpan<byte> name, ReadOnlySpan<byte> wanted) => name.Length == wanted.Length && Begins(name, wanted);

    /// <inheritdoc cref="IsSame"/>
    public static bool Begins(ReadOnlySpan<byte> name, ReadOnlySpan<byte> wanted)
    {
        if (name.Length < wanted.Length)
        {
            return false;
        }

        for (var i = 0; i < wanted.Length; i++)
        {
            if (name[i] != wanted[i] && !(name[i] is (byte)'-' or (byte)'_' && wanted[i] is (byte)'-' or (byte)'_'))
            {
                return false;
            }
        }

        return true;
    }
}
