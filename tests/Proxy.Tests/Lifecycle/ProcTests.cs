using Mesh.Proxy.Lifecycle;

namespace Mesh.Proxy.Tests.Lifecycle;

/// <summary>What hooks and jobs read from the kernel's tables, here as files.</summary>
public sealed class ProcTests : IDisposable
{
    private readonly string _proc = Directory.CreateTempSubdirectory("proc").FullName;

    public void Dispose() => Directory.Delete(_proc, recursive: true);

    [Fact]
    public void Sockets_that_listen_or_are_connected_are_told_from_those_that_end()
    {
        File.WriteAllText(
            Path.Combine(_proc, "tcp"),
            """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 31 1 0000000000000000 100 0 0 10 0
               1: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 32 1 0000000000000000 20 4 30 10 -1
               2: 0100007F:C351 0100007F:1F90 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0000000000000000
               3: 0100007F:C352 0100007F:1F90 04 00000000:00000000 03:00000000 00000000     0        0 0 3 0000000000000000
            """
        );
        File.WriteAllText(
            Path.Combine(_proc, "tcp6"),
            """
              sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 00000000000000000000000000000000:3A9E 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1337        0 33 1 0000000000000000 100 0 0 10 0
            """
        );

        Assert.Equal([new(8080, 1000, 31), new(50000, 1001, 32), new(15006, 1337, 33)], OpenSockets.Read(_proc));
        Assert.True(OpenSockets.IsMesh(15006));
        Assert.False(OpenSockets.IsMesh(8080));
    }

    [Fact]
    public void Sockets_of_a_proxy_that_is_root_are_told_from_those_of_an_application_that_is_root_too()
    {
        Directory.CreateDirectory(Path.Combine(_proc, "net"));
        File.WriteAllText(
            Path.Combine(_proc, "net", "tcp"),
            """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 00000000:3A9E 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 41 1 0000000000000000 100 0 0 10 0
               1: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 42 1 0000000000000000 20 4 30 10 -1
               2: 0100007F:C351 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 43 1 0000000000000000 20 4 30 10 -1
               3: 0100007F:C352 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1337        0 44 1 0000000000000000 20 4 30 10 -1
            """
        );
        Descriptors(8, "/dev/null", "socket:[41]", "socket:[42]");
        Descriptors(9, "socket:[43]");
        Assert.Equal([new(0xC351, 0, 43)], OpenSockets.OfApplications(_proc, 1337));

        // Who cannot be looked into is nobody's proxy.
        Directory.Delete(Path.Combine(_proc, "8"), recursive: true);
        Assert.Equal([42, 43], OpenSockets.OfApplications(_proc, 1337).Select(socket => socket.Inode));
    }

    [Fact]
    public void A_job_that_is_root_is_told_from_a_proxy_that_is_root()
    {
        Process(1, "S (sleeping)", 65535);
        Process(7, "S (sleeping)", 0, group: 1337);
        Assert.Equal(0, OtherProcesses.Count(_proc, 7));

        Process(12, "S (sleeping)", 0, group: 0);
        Assert.Equal(1, OtherProcesses.Count(_proc, 7));
    }

    [Fact]
    public void Only_live_processes_of_other_users_count()
    {
        Process(1, "S (sleeping)", 65535);
        Process(7, "S (sleeping)", 1337);
        Process(9, "R (running)", 1337);
        Process(12, "Z (zombie)", 1000);
        Assert.Equal(0, OtherProcesses.Count(_proc, 7));

        Process(15, "S (sleeping)", 0);
        Assert.Equal(1, OtherProcesses.Count(_proc, 7));
    }

    private void Descriptors(int process, params string[] targets)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_proc, $"{process}", "fd")).FullName;
        for (var i = 0; i < targets.Length; i++)
        {
            File.CreateSymbolicLink(Path.Combine(folder, $"{i}"), targets[i]);
        }
    }

    private void Process(int id, string state, int user, int? group = null)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_proc, $"{id}")).FullName;
        File.WriteAllText(
            Path.Combine(folder, "status"),
            $"Name:\tx\nState:\t{state}\nUid:\t{user}\t{user}\t{user}\t{user}\nGid:\t{group ?? user}\t0\t0\t0\n"
        );
    }
}
