using System.Globalization;

namespace Mesh.Proxy.Lifecycle;

/// <summary>Reads from the kernel who uses TCP in this network namespace, which a pod's containers share.</summary>
internal static class OpenSockets
{
    // Linux, tcp_states.h: established, on its way to be, listening. Sockets that wait for their end have no user any more.
    private static readonly string[] Open = ["01", "02", "0A"];

    /// <summary>Of both address families.</summary>
    /// <param name="folder"><c>/proc/net</c>.</param>
    public static List<OpenSocket> Read(string folder)
    {
        var sockets = new List<OpenSocket>();
        foreach (var table in new[] { "tcp", "tcp6" })
        {
            var path = Path.Combine(folder, table);
            if (File.Exists(path))
            {
                sockets.AddRange(File.ReadLines(path).Skip(1).Select(Parse).OfType<OpenSocket>());
            }
        }

        return sockets;
    }

    /// <summary>Ports that Istio keeps for itself, so that no application has them.</summary>
    public static bool IsMesh(int port) => port is >= 15000 and <= 15099;

    // sl local_address rem_address st tx:rx tr:tm retrnsmt uid …
    private static OpenSocket? Parse(string line)
    {
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return
            fields.Length > 7
            && Open.Contains(fields[3])
            && int.TryParse(
                fields[1].AsSpan(fields[1].LastIndexOf(':') + 1),
                NumberStyles.HexNumber,
                CultureInfo.InvariantCulture,
                out var port
            )
            && int.TryParse(fields[7], NumberStyles.None, CultureInfo.InvariantCulture, out var user)
            ? new(port, user)
            : null;
    }
}
