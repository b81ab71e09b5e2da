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

    /// <summary>Those that are the applications': of other users than the proxy's, and not of a process that has one of the mesh's ports.</summary>
    /// <param name="proc"><c>/proc</c>.</param>
    /// <param name="user">The proxy's own.</param>
    public static IEnumerable<OpenSocket> OfApplications(string proc, int user)
    {
        var others = Read(Path.Combine(proc, "net")).Where(socket => socket.User != user).ToList();
        var mesh = others.Where(socket => IsMesh(socket.Port)).Select(socket => socket.Inode).ToHashSet();
        // Who keeps clients' addresses is root, as the application may be: then only the processes tell.
        var proxies =
            mesh.Count == 0
                ? []
                : Directory.EnumerateDirectories(proc).Select(InodesOf).Where(mesh.Overlaps).SelectMany(all => all).ToHashSet();
        return others.Where(socket => !IsMesh(socket.Port) && !proxies.Contains(socket.Inode));
    }

    /// <summary>Ports that Istio keeps for itself, so that no application has them.</summary>
    public static bool IsMesh(int port) => port is >= 15000 and <= 15099;

    private static List<long> InodesOf(string process)
    {
        const string Start = "socket:[";
        var inodes = new List<long>();
        try
        {
            foreach (var descriptor in Directory.EnumerateFileSystemEntries(Path.Combine(process, "fd")))
            {
                if (
                    new FileInfo(descriptor).LinkTarget is { } target
                    && target.StartsWith(Start, StringComparison.Ordinal)
                    && long.TryParse(
                        target.AsSpan(Start.Length).TrimEnd(']'),
                        NumberStyles.None,
                        CultureInfo.InvariantCulture,
                        out var inode
                    )
                )
                {
                    inodes.Add(inode);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No process, one that has ended, or somebody else's.
        }

        return inodes;
    }

    // sl local_address rem_address st tx:rx tr:tm retrnsmt uid …
    private static OpenSocket? Parse(string line)
    {
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return
            fields.Length > 9
            && Open.Contains(fields[3])
            && int.TryParse(
                fields[1].AsSpan(fields[1].LastIndexOf(':') + 1),
                NumberStyles.HexNumber,
                CultureInfo.InvariantCulture,
                out var port
            )
            && int.TryParse(fields[7], NumberStyles.None, CultureInfo.InvariantCulture, out var user)
            && long.TryParse(fields[9], NumberStyles.None, CultureInfo.InvariantCulture, out var inode)
            ? new(port, user, inode)
            : null;
    }
}
