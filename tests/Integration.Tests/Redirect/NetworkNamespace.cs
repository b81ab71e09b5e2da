using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Mesh.Integration.Tests.Hostile;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Redirect;

/// <summary>
/// A network namespace that stands for one host. Programs run in it through <c>ip netns exec</c>; sockets of this process are opened in it by a
/// thread that visits it, and stay there.
/// </summary>
internal sealed class NetworkNamespace : IDisposable
{
    private const int CloneNewNet = 0x40000000;
    private const int OpenReadOnly = 0;

    private NetworkNamespace(string name) => Name = name;

    public string Name { get; }

    /// <summary>The end of the cable that is in here.</summary>
    public string Interface { get; private set; } = "";

    /// <summary>Why this machine gives us no namespace; null if it does.</summary>
    public static string? WhyForbidden()
    {
        try
        {
            using var trial = Create($"mesh{Environment.ProcessId}t");
            trial.Run("iptables", "-t", "nat", "-A", "OUTPUT", "-p", "tcp", "--dport", "1", "-j", "REDIRECT", "--to-ports", "1");
            return null;
        }
        catch (InvalidOperationException e)
        {
            return $"no network namespace with REDIRECT rules: {e.Message}";
        }
    }

    public static NetworkNamespace Create(string name)
    {
        RunHere("ip", "netns", "add", name);
        var created = new NetworkNamespace(name);
        try
        {
            created.Run("ip", "link", "set", "lo", "up");
            return created;
        }
        catch
        {
            created.Dispose();
            throw;
        }
    }

    /// <summary>Joins two namespaces by a cable.</summary>
    public static void Join(NetworkNamespace left, string leftAddress, NetworkNamespace right, params string[] rightAddresses)
    {
        var stem = left.Name[^Math.Min(10, left.Name.Length)..];
        var (leftEnd, rightEnd) = ($"v{stem}a", $"v{stem}b");
        RunHere("ip", "link", "add", leftEnd, "netns", left.Name, "type", "veth", "peer", "name", rightEnd, "netns", right.Name);
        (left.Interface, right.Interface) = (leftEnd, rightEnd);
        left.Run("ip", "addr", "add", leftAddress, "dev", leftEnd);
        left.Run("ip", "link", "set", leftEnd, "up");
        foreach (var address in rightAddresses)
        {
            right.Run("ip", "addr", "add", address, "dev", rightEnd);
        }

        right.Run("ip", "link", "set", rightEnd, "up");
    }

    /// <summary>Runs a program in the namespace to its end; returns what it printed.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public string Run(params string[] command) => RunHere(["ip", "netns", "exec", Name, .. command]);

    /// <summary>The command line that runs a program in the namespace as another user.</summary>
    public string[] CommandAs(int user, params string[] command) => CommandAs(user, user, mayRedirect: false, command);

    /// <param name="mayRedirect">With CAP_NET_ADMIN, which transparent sockets need.</param>
    public string[] CommandAs(int user, int group, bool mayRedirect, params string[] command) =>
        [
            "netns",
            "exec",
            Name,
            "setpriv",
            "--reuid",
            $"{user}",
            "--regid",
            $"{group}",
            "--clear-groups",
            .. mayRedirect ? ["--inh-caps", "+net_admin", "--ambient-caps", "+net_admin"] : (string[])[],
            .. command,
        ];

    /// <summary>A socket of this process that lives in the namespace.</summary>
    public Socket Open(AddressFamily family = AddressFamily.InterNetwork, SocketType kind = SocketType.Stream)
    {
        Socket? socket = null;
        Exception? failure = null;
        // A thread of its own: which namespace a thread is in must not leak to the pool.
        var visitor = new Thread(() =>
        {
            try
            {
                Enter();
                socket =
                    kind == SocketType.Stream
                        ? new Socket(family, kind, ProtocolType.Tcp) { NoDelay = true }
                        : new Socket(family, kind, ProtocolType.Udp);
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        visitor.Start();
        visitor.Join();
        return socket ?? throw new InvalidOperationException($"no socket in {Name}", failure);
    }

    /// <summary>A bound UDP socket in the namespace.</summary>
    public Socket OpenDatagram(string address, int port)
    {
        var local = IPAddress.Parse(address);
        var socket = Open(local.AddressFamily, SocketType.Dgram);
        socket.Bind(new IPEndPoint(local, port));
        return socket;
    }

    public Socket Listen(string address, int port)
    {
        var local = IPAddress.Parse(address);
        var socket = Open(local.AddressFamily);
        socket.Bind(new IPEndPoint(local, port));
        socket.Listen();
        return socket;
    }

    /// <summary>A listening socket for who takes over handles.</summary>
    public ulong ListenHandle(string address, int port)
    {
        using var socket = Listen(address, port);
        var copy = dup((int)socket.Handle);
        return copy >= 0 ? (ulong)copy : throw new InvalidOperationException($"dup failed: errno {Marshal.GetLastPInvokeError()}");
    }

    /// <summary>Connects from within the namespace.</summary>
    public async Task<RawConnection> ConnectAsync(string address, int port)
    {
        var remote = IPAddress.Parse(address);
        var socket = Open(remote.AddressFamily);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await socket.ConnectAsync(new IPEndPoint(remote, port), limit.Token);
        return new RawConnection(socket);
    }

    public void Dispose() => RunHere("ip", "netns", "del", Name);

    private void Enter()
    {
        var descriptor = open($"/var/run/netns/{Name}", OpenReadOnly);
        if (descriptor < 0 || setns(descriptor, CloneNewNet) != 0)
        {
            throw new InvalidOperationException($"cannot enter {Name}: errno {Marshal.GetLastPInvokeError()}");
        }

        _ = close(descriptor);
    }

    private static string RunHere(params string[] command)
    {
        var program = Peers.FindProgram(command[0]) ?? command[0];
        var start = new ProcessStartInfo(program, command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException(
                $"{string.Join(' ', command)}: {error.Result.Trim()} (exit code {process.ExitCode}) {output}"
            );
    }

#pragma warning disable SYSLIB1054, CA2101 // generated marshalling needs unsafe code, which no other test does
    [DllImport("libc", SetLastError = true, CharSet = CharSet.Ansi)]
    private static extern int open(string path, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int close(int descriptor);

    [DllImport("libc", SetLastError = true)]
    private static extern int dup(int descriptor);

    [DllImport("libc", SetLastError = true)]
    private static extern int setns(int descriptor, int kind);
#pragma warning restore SYSLIB1054, CA2101
}
