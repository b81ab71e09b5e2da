namespace Mesh.Proxy.Security.Tokens;

/// <summary>A header that carries one claim to the application.</summary>
/// <param name="header">In any case.</param>
/// <param name="claim">The claim's name; names of nested claims are joined by dots.</param>
internal sealed class ClaimHeader(string header, string claim)
{
    private readonly string[] _whole = [claim];
    private readonly string[] _nested = claim.Split('.');

    /// <summary>In lower case.</summary>
    public string Header { get; } = header.ToLowerInvariant();

    public string Claim => _whole[0];

    /// <summary>The value: a text, number or boolean. Null for other claims and absent ones, and for a text that would break the line it stands in.</summary>
    public byte[]? ValueOf(RequestClaims claims)
    {
        // A name may have dots of its own, as URLs do.
        var found = claims.Find(_whole) ?? claims.Find(_nested);
        var value = found?.Kind switch
        {
            ClaimKind.Text => found.Texts[0],
            ClaimKind.Number or ClaimKind.Boolean => found.Json.ToArray(),
            _ => [],
        };
        return value.Length == 0 || value.AsSpan().IndexOfAnyInRange((byte)0, (byte)0x1F) >= 0 || value.AsSpan().Contains((byte)0x7F)
            ? null
            : value;
    }
}
