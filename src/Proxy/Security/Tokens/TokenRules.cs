using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Security.Tokens;

/// <summary>
/// Which tokens a chain takes. A request without one passes, and has no claims; every token that it brings in a known place must verify, or it is refused:
/// else an application could take one that nobody has checked. Any number of threads; remembers what it has verified.
/// </summary>
internal sealed class TokenRules
{
    private readonly (TokenLocation Location, ImmutableArray<TokenProvider> Providers)[] _places;
    private readonly byte[][] _ownHeaders;
    private readonly bool _passesPreflights;
    private readonly VerifiedTokens _known = new();

    /// <param name="passesPreflights">A preflight of CORS brings no token (Fetch, "CORS protocol and credentials"), so none of it is looked at.</param>
    public TokenRules(ImmutableArray<TokenProvider> providers, bool passesPreflights)
    {
        Providers = providers;
        _passesPreflights = passesPreflights;
        _places =
        [
            .. providers
                .SelectMany(provider => provider.Locations)
                .Distinct()
                .Select(location => (location, providers.Where(provider => provider.Locations.Contains(location)).ToImmutableArray())),
        ];
        _ownHeaders =
        [
            .. providers
                .SelectMany(provider => provider.ClaimHeaders.Select(header => header.Header).Append(provider.PayloadHeader))
                .Where(name => name.Length > 0)
                .Select(name => Encoding.ASCII.GetBytes(name.ToLowerInvariant())),
        ];
    }

    public ImmutableArray<TokenProvider> Providers { get; }

    /// <summary>Verifies what the request brings, hands its claims to the head, and leaves in it what the application is to see.</summary>
    /// <returns>Why it must be refused; the head then has no claims.</returns>
    public TokenFailure Apply(RequestHead head, DateTimeOffset now)
    {
        // What only a verified token may say nobody else may.
        foreach (var name in _ownHeaders)
        {
            head.RemoveSpellings(name);
        }

        if (_passesPreflights && IsPreflight(head))
        {
            return TokenFailure.None;
        }

        var found = default(FoundTokens);
        var count = 0;
        for (var place = 0; place < _places.Length; place++)
        {
            var position = 0;
            while (_places[place].Location.TryNext(head, ref position, out var token))
            {
                if (count == FoundTokens.Length)
                {
                    return TokenFailure.TooManyTokens;
                }

                if (Verify(place, token, now.ToUnixTimeSeconds(), out found[count]) is not TokenFailure.None and var failure)
                {
                    return failure;
                }

                found[count++].Place = place;
            }
        }

        // What the application is told is of the token whose claims policies see, where two would tell it.
        for (var i = 0; i < count; i++)
        {
            Hand(head, found[i]);
        }

        head.Claims = count > 0 ? found[0].Token.Claims : null;
        return TokenFailure.None;
    }

    private void Hand(RequestHead head, in FoundToken found)
    {
        if (!found.Token.Provider.Forwards)
        {
            _places[found.Place].Location.Remove(head);
        }

        foreach (var (name, value) in found.Token.Headers)
        {
            // Where the head is full it stays away, which grants nothing.
            if (!head.TryGet(name, out _))
            {
                head.AddHeader(name, value);
            }
        }
    }

    private TokenFailure Verify(int place, ReadOnlySpan<byte> token, long now, out FoundToken found)
    {
        found = default;
        var providers = _places[place].Providers;
        if (_known.Find(token) is { } known && providers.Contains(known.Provider))
        {
            found.Token = known;
            return known.CheckTimes(now);
        }

        if (WrittenToken.TryParse(token, out var written) is not TokenFailure.None and var malformed)
        {
            return malformed;
        }

        var failure = TokenFailure.UnknownIssuer;
        foreach (var provider in providers)
        {
            if (!provider.Issues(written.Issuer))
            {
                continue;
            }

            failure = provider.Verify(written, token, now);
            if (failure == TokenFailure.None)
            {
                return TryKeep(provider, written, token, out found) ? TokenFailure.None : TokenFailure.PayloadNotJson;
            }
        }

        return failure;
    }

    private bool TryKeep(TokenProvider provider, WrittenToken written, ReadOnlySpan<byte> token, out FoundToken found)
    {
        found = default;
        try
        {
            found.Token = new VerifiedToken(provider, written, token);
        }
        catch (InvalidOperationException)
        {
            // A name or text with half a surrogate, which is found out only where it is read.
            return false;
        }

        _known.Add(token, found.Token);
        return true;
    }

    private static bool IsPreflight(RequestHead head) =>
        head.Method.SequenceEqual("OPTIONS"u8) && head.TryGet("origin"u8, out _) && head.TryGet("access-control-request-method"u8, out _);

    private struct FoundToken
    {
        public VerifiedToken Token;
        public int Place;
    }

    // A request has one token, seldom two: no list for them.
    [InlineArray(Length)]
    private struct FoundTokens
    {
        public const int Length = 8;

        private FoundToken _first;
    }
}
