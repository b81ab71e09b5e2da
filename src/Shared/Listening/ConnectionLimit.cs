using Microsoft.AspNetCore.Connections;

namespace Mesh.Listening;

/// <summary>
/// Bounds the connections of one listener, so that its clients cannot use up the descriptors of all. Full, it either refuses who comes or, where
/// connections are short (probes, scrapes), closes who has been there longest: who holds many gains nothing by it.
/// </summary>
/// <param name="most">At least 1.</param>
/// <param name="closed">Counts.</param>
internal sealed class ConnectionLimit(int most, bool replacesOldest, Action closed)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<ConnectionContext> _open = [];

    /// <summary>Connection middleware; it goes before all others.</summary>
    public ConnectionDelegate Guard(ConnectionDelegate next) =>
        async connection =>
        {
            if (!TryEnter(connection, out var place, out var oldest))
            {
                closed();
                connection.Abort(new ConnectionAbortedException("There are too many connections."));
                return;
            }

            if (oldest is not null)
            {
                closed();
                oldest.Abort(new ConnectionAbortedException("A newer connection takes its place."));
            }

            try
            {
                await next(connection);
            }
            finally
            {
                Leave(place);
            }
        };

    private bool TryEnter(ConnectionContext connection, out LinkedListNode<ConnectionContext> place, out ConnectionContext? oldest)
    {
        place = new(connection);
        oldest = null;
        lock (_gate)
        {
            if (_open.Count >= most)
            {
                if (!replacesOldest)
                {
                    return false;
                }

                oldest = _open.First!.Value;
                _open.RemoveFirst();
            }

            _open.AddLast(place);
            return true;
        }
    }

    private void Leave(LinkedListNode<ConnectionContext> place)
    {
        lock (_gate)
        {
            if (place.List is not null)
            {
                _open.Remove(place);
            }
        }
    }
}
