using System.Net;
using Mesh.Startup;

namespace Mesh.Proxy.Identity;

/// <summary>The options of the command line that say where the control plane is and how to prove who we are to it.</summary>
internal sealed class IdentityOptionSet
{
    private readonly Setting<DnsEndPoint?> _ads;
    private readonly Setting<DnsEndPoint?> _secureAds;
    private readonly Setting<string?> _meshRoot;
    private readonly Setting<string?> _token;

    private IdentityOptionSet(OptionSet set)
    {
        _ads = set.Optional(
            "--ads",
            "HOST:PORT",
            "The control plane's xDS address without TLS. This or --secure-ads is required.",
            OptionParsers.HostAndPort
        );
        _secureAds = set.Optional(
            "--secure-ads",
            "HOST:PORT",
            "The control plane's address for xDS and certificates with TLS; needs --mesh-root and --token.",
            OptionParsers.HostAndPort
        );
        _meshRoot = set.Optional(
            "--mesh-root",
            "FILE",
            "PEM file of the roots that the control plane is known by at first.",
            OptionParsers.Text
        );
        _token = set.Optional(
            "--token",
            "FILE",
            "File with the join token or service-account token that proves who this proxy is.",
            OptionParsers.Text
        );
    }

    /// <summary>After the set was read: where the control plane is.</summary>
    public DnsEndPoint Address => _secureAds.Value ?? _ads.Value!;

    /// <summary>Null without <c>--secure-ads</c>.</summary>
    public ProxyIdentityOptions? Identity => _secureAds.Given ? new(_meshRoot.Value!, _token.Value!) : null;

    /// <summary>Declares the options.</summary>
    public static IdentityOptionSet AddTo(OptionSet set)
    {
        var options = new IdentityOptionSet(set);
        set.Check(options.Problems);
        return options;
    }

    private IEnumerable<string> Problems()
    {
        if (_ads.Given == _secureAds.Given)
        {
            yield return _ads.Given
                ? "--ads and --secure-ads are both given; a proxy follows one control plane, so give one"
                : "--ads is missing; give --ads HOST:PORT or set MESH_ADS, or --secure-ads for a control plane that issues certificates";
        }

        foreach (var (name, setting) in new[] { ("--mesh-root", _meshRoot), ("--token", _token) })
        {
            if (setting.Given != _secureAds.Given)
            {
                yield return setting.Given ? $"{name} is of no use without --secure-ads" : $"{name} is missing; --secure-ads needs it";
            }
        }
    }
}
