using System.Collections.Immutable;
using System.Net;
using Mesh.Startup;

namespace Mesh.ControlPlane.Identity;

/// <summary>The options of the command line that make <see cref="IdentityOptions"/>.</summary>
internal sealed class IdentityOptionSet
{
    private static readonly TimeSpan ShortestLifetime = TimeSpan.FromSeconds(10);

    private readonly Setting<string?> directory;
    private readonly Setting<IPEndPoint> secureAds;
    private readonly Setting<ImmutableArray<string>> names;
    private readonly Setting<string?> joinTokens;
    private readonly Setting<TimeSpan> lifetime;

    private IdentityOptionSet(OptionSet set)
    {
        directory = set.Optional(
            "--ca-dir",
            "DIR",
            "Where the certificate authority is kept: made on the first start, or ca-cert.pem, ca-key.pem, root-cert.pem and cert-chain.pem of yours. None unless given: no certificates, and no --secure-ads.",
            OptionParsers.Text
        );
        secureAds = set.Optional<IPEndPoint>(
            "--secure-ads",
            "IP:PORT",
            "Where proxies get certificates and xDS: gRPC with TLS, for who has a token or a certificate.",
            "127.0.0.1:15012",
            OptionParsers.EndPoint
        );
        names = set.Optional<ImmutableArray<string>>(
            "--secure-ads-names",
            "NAME,...",
            "Further names and addresses by which proxies reach --secure-ads, for its certificate; istiod.ROOT-NAMESPACE.svc, localhost and the address itself always are.",
            "",
            NameList
        );
        joinTokens = set.Optional(
            "--join-tokens",
            "FILE",
            "Who may join, followed live; a line is TOKEN NAMESPACE/SERVICE-ACCOUNT [once] [until=TIME], # begins a comment. None unless given.",
            ExistingFile
        );
        lifetime = set.Optional(
            "--cert-ttl",
            "DURATION",
            "How long a certificate is valid, at least 10s; proxies renew it at half of that.",
            "24h",
            Lifetime
        );
    }

    /// <summary>After the set was read: the options, null without <c>--ca-dir</c> or another store.</summary>
    /// <param name="otherStore">There is a place for the authority where no directory is given.</param>
    public IdentityOptions? Read(bool otherStore = false) =>
        directory.Value is null && !otherStore
            ? null
            : new()
            {
                Directory = directory.Value,
                SecureAds = secureAds.Value,
                Names = names.Value,
                JoinTokens = joinTokens.Value,
                Lifetime = lifetime.Value,
            };

    /// <summary>Declares the options.</summary>
    public static IdentityOptionSet AddTo(OptionSet set)
    {
        var options = new IdentityOptionSet(set);
        set.Check(() =>
            options.joinTokens.Given && !options.directory.Given ? ["--join-tokens is of no use without --ca-dir; give both"] : []
        );
        return options;
    }

    private static string? ExistingFile(string text, out string? error)
    {
        error = File.Exists(text) ? null : $"'{text}' is no file; create it, or name the one that holds the tokens";
        return text;
    }

    private static TimeSpan Lifetime(string text, out string? error)
    {
        var value = OptionParsers.Duration(text, out error);
        if (error is null && value < ShortestLifetime)
        {
            error = $"'{text}' is too short to renew in time; write at least 10s";
        }

        return value;
    }

    /// <summary>Names and addresses, separated by commas.</summary>
    public static ImmutableArray<string> NameList(string text, out string? error)
    {
        ImmutableArray<string> all = [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        var wrong = all.FirstOrDefault(name => Uri.CheckHostName(name) == UriHostNameType.Unknown);
        error = wrong is null ? null : $"'{wrong}' is neither a DNS name nor an IP address";
        return all;
    }
}
