using Mesh.Injector.Patching;
using Mesh.Injector.Reading;
using Mesh.Startup;

namespace Mesh.Injector.Settings;

/// <summary>What the proxy would not start with: said where it is written, not in the log of a container that starts again and again.</summary>
internal static class ProxyStart
{
    /// <summary>The control plane's address; null where it is not given or wrong, which is reported.</summary>
    public static string? DiscoveryAddress(FieldReader fields)
    {
        const string Name = "discoveryAddress";
        var address = fields.Text(Name);
        return address is not null && Report(fields, Name, ProblemOf(address)) ? null : address;
    }

    /// <summary>The port of merged metrics and probes; null where it is not given or wrong, which is reported.</summary>
    public static int? StatusPort(FieldReader fields)
    {
        const string Name = "statusPort";
        var port = fields.Integer(Name, 0, 65535);
        return port is { } given && Report(fields, Name, ProblemOf(given)) ? null : port;
    }

    /// <summary>Null for a good address.</summary>
    public static string? ProblemOf(string discoveryAddress) =>
        OptionParsers.HostAndPort(discoveryAddress, out _) is null
            ? $"\"{Shown.Short(discoveryAddress)}\" is no host with port such as istiod.istio-system.svc:15012 or [fd00::1]:15012"
            : null;

    /// <summary>Null for a good port.</summary>
    public static string? ProblemOf(int statusPort) =>
        Names.OwnPorts.Contains(statusPort)
            ? $"{statusPort} is a port that the sidecar has for something else; 15020 is usual, 0 is for none"
            : null;

    private static bool Report(FieldReader fields, string name, string? problem)
    {
        if (problem is not null)
        {
            fields.Report(name, problem);
        }

        return problem is not null;
    }
}
