using System.Net.Sockets;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Connections;

/// <summary>A connection that counts among its cluster's until it is closed.</summary>
internal sealed class CountedStream(Socket socket, ClusterCounters counters) : NetworkStream(socket, ownsSocket: true)
{
    private int _closed;

    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            counters.EndConnection();
        }

        base.Dispose(disposing);
    }
}
