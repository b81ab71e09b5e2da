using System.Collections.Immutable;
using System.Text;

namespace Mesh.Proxy.Routing.Cors;

/// <summary>
/// A rule's cross-origin policy: answers preflights and marks the answers to allowed origins (Envoy, CORS filter). Whether a method or a
/// header is allowed is for the browser to compare; the policy only says what is.
/// </summary>
internal sealed class CorsPolicy
{
    private const string AllowOrigin = "access-control-allow-origin";
    private const string AllowCredentialsHeader = "access-control-allow-credentials";

    // Of the last origin seen: most of a service's cross-origin requests come from one page, and its edits need not be made anew.
    private Marked? _last;
    private readonly bool _everyOrigin;

    /// <summary>Any of them; one that takes the text <c>*</c> takes every origin.</summary>
    public ImmutableArray<ValueMatch> Origins
    {
        get;
        init
        {
            field = value;
            _everyOrigin = value.Any(static match => match.IsMatch("*"u8));
        }
    } = [];

    /// <summary>Sent as they stand; <c>*</c> repeats what the preflight asks for; empty sends none.</summary>
    public string AllowMethods { get; init; } = "";

    /// <summary>Sent as they stand; <c>*</c> repeats what the preflight asks for; empty sends none.</summary>
    public string AllowHeaders { get; init; } = "";

    /// <summary>Sent as they stand; empty sends none.</summary>
    public string ExposeHeaders { get; init; } = "";

    /// <summary>Whole seconds as text; empty sends none.</summary>
    public string MaxAge { get; init; } = "";

    public bool AllowCredentials { get; init; }

    /// <summary>A preflight of an origin that is not allowed goes to the upstream (default) or is answered here, without any header.</summary>
    public bool ForwardUnmatchedPreflights { get; init; } = true;

    /// <summary>Allocates for preflights, and when the origin changes.</summary>
    public CorsDecision Decide(RequestHead head)
    {
        if (!head.TryGet("origin"u8, out var origin) || origin.IsEmpty)
        {
            return CorsDecision.Pass;
        }

        var preflight =
            head.Method.SequenceEqual("OPTIONS"u8) && head.TryGet("access-control-request-method"u8, out var method) && !method.IsEmpty;
        if (!IsAllowed(origin))
        {
            return preflight && !ForwardUnmatchedPreflights ? new(CorsVerdict.Answer, HeaderEdits.None) : CorsDecision.Pass;
        }

        return preflight ? new(CorsVerdict.Answer, Preflight(head, origin)) : new(CorsVerdict.Mark, Mark(origin));
    }

    // RFC 6454 6.2: an origin is ASCII; other bytes must not come back in a header of ours.
    private bool IsAllowed(ReadOnlySpan<byte> origin)
    {
        if (!Ascii.IsValid(origin))
        {
            return false;
        }

        if (_everyOrigin)
        {
            return true;
        }

        foreach (var match in Origins)
        {
            if (match.IsMatch(origin))
            {
                return true;
            }
        }

        return false;
    }

    private HeaderEdits Mark(ReadOnlySpan<byte> origin)
    {
        if (_last is { } last && origin.SequenceEqual(last.Origin))
        {
            return last.Edits;
        }

        var edits = ImmutableArray.CreateBuilder<HeaderEdit>();
        edits.Add(Set(AllowOrigin, Encoding.ASCII.GetString(origin)));
        AddCredentials(edits);
        AddGiven(edits, "access-control-expose-headers", ExposeHeaders);
        var marked = new Marked(origin.ToArray(), new HeaderEdits(edits.ToImmutable()));
        _last = marked;
        return marked.Edits;
    }

    private HeaderEdits Preflight(RequestHead head, ReadOnlySpan<byte> origin)
    {
        var edits = ImmutableArray.CreateBuilder<HeaderEdit>();
        edits.Add(Set(AllowOrigin, Encoding.ASCII.GetString(origin)));
        AddCredentials(edits);
        AddGiven(edits, "access-control-allow-methods", OrAsked(AllowMethods, head, "access-control-request-method"u8));
        AddGiven(edits, "access-control-allow-headers", OrAsked(AllowHeaders, head, "access-control-request-headers"u8));
        AddGiven(edits, "access-control-max-age", MaxAge);
        return new HeaderEdits(edits.ToImmutable());
    }

    private void AddCredentials(ImmutableArray<HeaderEdit>.Builder edits)
    {
        if (AllowCredentials)
        {
            edits.Add(Set(AllowCredentialsHeader, "true"));
        }
    }

    private static void AddGiven(ImmutableArray<HeaderEdit>.Builder edits, string name, string value)
    {
        if (value.Length > 0)
        {
            edits.Add(Set(name, value));
        }
    }

    private static string OrAsked(string configured, RequestHead head, ReadOnlySpan<byte> header) =>
        configured != "*" ? configured
        : head.TryGet(header, out var asked) && Ascii.IsValid(asked) ? Encoding.ASCII.GetString(asked)
        : "";

    private static HeaderEdit Set(string name, string value) => new(HeaderEditKind.Set, name, value);

    private sealed record Marked(byte[] Origin, HeaderEdits Edits);
}
