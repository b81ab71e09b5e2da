using System.Net.Sockets;
using Mesh.Listening;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Connections;

/// <summary>Counts clients' connections against <see cref="TrafficLimits.MaxConnections"/>, and sees that some descriptors stay for others.</summary>
/// <param name="most">0 for no limit.</param>
internal sealed partial class ClientPlaces(int most, DescriptorLimit descriptors, TimeProvider time, ILogger<ClientPlaces> logger)
{
    // Where the limit does not see to it, descriptors do: clients need some more of them for upstreams.
    private readonly int _kept =
        most > 0 && most <= descriptors.ConnectionsOf(descriptors: 2) ? descriptors.Reserve : 2 * descriptors.Reserve;
    private readonly RareReport _overLimit = new(time);
    private readonly RareReport _withoutDescriptor = new(time);
    private int _taken;

    public int Taken => Volatile.Read(ref _taken);

    /// <summary>How many were refused because of the limit.</summary>
    public long OverLimit => _overLimit.Count;

    /// <summary>How many were refused because of <see cref="DescriptorLimit.Reserve"/>.</summary>
    public long WithoutDescriptor => _withoutDescriptor.Count;

    /// <summary>A place, to be disposed of at the connection's end; null where there is none.</summary>
    public IDisposable? TryTake(Socket socket)
    {
        if (socket.SafeHandle.DangerousGetHandle() >= descriptors.Most - _kept)
        {
            if (_withoutDescriptor.Happened(out var times))
            {
                RefusedWithoutDescriptor(times, descriptors.Most, _kept);
            }

            return null;
        }

        if (Interlocked.Increment(ref _taken) <= most || most == 0)
        {
            return new Place(this);
        }

        Interlocked.Decrement(ref _taken);
        if (_overLimit.Happened(out var many))
        {
            RefusedOverLimit(many, most);
        }

        return null;
    }

    [LoggerMessage(LogLevel.Warning, "Refused {Times} connections since this was said last: {Most} are open (--max-connections)")]
    private partial void RefusedOverLimit(long times, int most);

    [LoggerMessage(
        LogLevel.Warning,
        "Refused {Times} connections since this was said last: of {Most} descriptors all but {Reserve} are in use, which are not for new clients; "
            + "raise the limit of open files (ulimit -n) or lower --max-connections"
    )]
    private partial void RefusedWithoutDescriptor(long times, int most, int reserve);

    private sealed class Place(ClientPlaces owner) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                Interlocked.Decrement(ref owner._taken);
            }
        }
    }
}
