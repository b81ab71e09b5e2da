using System.Net;

namespace Mesh.Kubernetes;

/// <summary>A proxy that leaves also blocks of addresses alone, as kubectl does: .NET knows only names and single addresses of <c>NO_PROXY</c>.</summary>
/// <param name="inner">The environment's.</param>
/// <param name="noProxy">Value of the variable.</param>
internal sealed class EnvironmentProxy(IWebProxy inner, string noProxy) : IWebProxy
{
    private readonly IPNetwork[] _direct =
    [
        .. noProxy
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(text => IPNetwork.TryParse(text, out _))
            .Select(text => IPNetwork.Parse(text)),
    ];

    public ICredentials? Credentials
    {
        get => inner.Credentials;
        set => inner.Credentials = value;
    }

    /// <summary>That of this process.</summary>
    public static EnvironmentProxy OfProcess()
    {
#pragma warning disable RS0030 // no option of ours: the runtime reads these variables too
        var noProxy = Environment.GetEnvironmentVariable("no_proxy") ?? Environment.GetEnvironmentVariable("NO_PROXY") ?? "";
#pragma warning restore RS0030
        return new(HttpClient.DefaultProxy, noProxy);
    }

    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : inner.GetProxy(destination);

    public bool IsBypassed(Uri host) =>
        (IPAddress.TryParse(host.Host.Trim('[', ']'), out var address) && _direct.Any(block => block.Contains(address)))
        || inner.IsBypassed(host);
}
