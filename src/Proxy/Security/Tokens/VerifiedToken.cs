using System.Collections.Immutable;
using System.Text;

namespace Mesh.Proxy.Security.Tokens;

/// <summary>A token whose signature, issuer and audience hold for its provider; its times are asked at every use. Immutable.</summary>
internal sealed class VerifiedToken
{
    private readonly long _notBefore;
    private readonly long _expires;

    public VerifiedToken(TokenProvider provider, WrittenToken written, ReadOnlySpan<byte> token)
    {
        Provider = provider;
        Claims = new RequestClaims(written.Payload, provider.WordedClaims.AsSpan());
        (_notBefore, _expires) = (written.NotBefore, written.Expires);
        var headers = ImmutableArray.CreateBuilder<(byte[] Name, byte[] Value)>();
        if (provider.PayloadHeader.Length > 0)
        {
            var payload = token[..written.SignedLength];
            headers.Add((Name(provider.PayloadHeader), payload[(payload.IndexOf((byte)'.') + 1)..].ToArray()));
        }

        foreach (var header in provider.ClaimHeaders)
        {
            if (header.ValueOf(Claims) is { } value)
            {
                headers.Add((Name(header.Header), value));
            }
        }

        Headers = headers.ToImmutable();
    }

    public TokenProvider Provider { get; }

    public RequestClaims Claims { get; }

    /// <summary>What the application gets to see of it; names in lower case.</summary>
    public ImmutableArray<(byte[] Name, byte[] Value)> Headers { get; }

    /// <param name="now">Seconds since 1970.</param>
    public TokenFailure CheckTimes(long now) => Provider.CheckTimes(_notBefore, _expires, now);

    private static byte[] Name(string header) => Encoding.ASCII.GetBytes(header.ToLowerInvariant());
}
