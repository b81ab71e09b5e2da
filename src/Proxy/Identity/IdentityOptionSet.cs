using System.Net;
using Mesh.Startup;

namespace Mesh.Proxy.Identity;

/// <summary>The options of the command line that say where the control plane is and how to prove who we are to it.</summary>
internal sealed class IdentityOptionSet(OptionSet set)
{
    private readonly Setting<DnsEndPoint?> ads = set.Optional(
        "--ads",
        "HOST:PORT",
        "The control plane's xDS address without TLS; this or --secure-ads.",
        OptionParsers.HostAndPort
    );

    private readonly Setting<DnsEndPoint?> secureAds = set.Optional(
        "--secure-ads",
        "HOST:PORT",
        "The control plane's xDS and certificate address with TLS; needs --mesh-root and --token.",
        OptionParsers.HostAndPort
    );

    private readonly Setting<string?> meshRoot = set.Optional(
        "--mesh-root",
        "FILE",
        "PEM file of the roots that the control plane is known by at first.",
        OptionParsers.Text
    );

    private readonly Setting<string?> token = set.Optional(
        "--token",
        "FILE",
        "File with the join token or service-account token that proves who this proxy is.",
        OptionParsers.Text
    );

    /// <summary>After the set was read: address and identity, or null with every problem.</summary>
    public (DnsEndPoint Address, ProxyIdentityOptions? Identity)? Read(out List<string> problems)
    {
        problems = [];
        if (ads.Value is null == secureAds.Value is null)
        {
            problems.Add(
                ads.Value is null
                    ? "--ads is missing; give --ads HOST:PORT or set MESH_ADS, or --secure-ads for a control plane with certificates"
                    : "--ads and --secure-ads are both given; the proxy follows one control plane, so give one"
            );
        }

        foreach (var (name, setting) in new[] { ("--mesh-root", meshRoot), ("--token", token) })
        {
            if (secureAds.Value is not null && setting.Value is null)
            {
                problems.Add($"{name} is missing; --secure-ads needs it");
            }
            else if (secureAds.Value is null && setting.Value is not null)
            {
                problems.Add($"{name} is of no use without --secure-ads");
            }
        }

        return problems.Count > 0 ? null
            : secureAds.Value is { } secure ? (secure, new ProxyIdentityOptions(meshRoot.Value!, token.Value!))
            : (ads.Value!, null);
    }
}
