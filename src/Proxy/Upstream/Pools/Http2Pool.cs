namespace Mesh.Proxy.Upstream.Pools;

/// <summary>
/// The HTTP/2 connections to one endpoint, made with one <see cref="Http2Settings"/>. .NET opens and closes them; where a connection may carry so
/// many streams or requests only, this adds handlers whose requests are counted.
/// </summary>
/// <remarks>The lock is taken twice a request, beside some 20 allocations that the HTTP/2 client makes for it.</remarks>
internal sealed class Http2Pool(Http2Settings settings, Func<HttpMessageHandler> create)
{
    private readonly Lock _gate = new();
    private readonly List<Http2Handler> _handlers = [];
    private bool _retired;

    public Http2Settings Settings => settings;

    /// <summary>To be returned when the request is over.</summary>
    public Http2Handler Rent()
    {
        lock (_gate)
        {
            foreach (var handler in _handlers)
            {
                if (handler.Active < settings.MaxStreams && handler.Started < settings.MaxRequests)
                {
                    return Begin(handler);
                }
            }

            var added = new Http2Handler(this, create());
            _handlers.Add(added);
            return Begin(added);
        }
    }

    public void Return(Http2Handler handler)
    {
        lock (_gate)
        {
            handler.Active--;
            if (handler.Active > 0 || (!_retired && handler.Started < settings.MaxRequests))
            {
                return;
            }

            _handlers.Remove(handler);
        }

        handler.Dispose();
    }

    /// <summary>Connections are closed when their last request is over, also those of late requests.</summary>
    public void SetRetired(bool retired)
    {
        Http2Handler[] unused;
        lock (_gate)
        {
            _retired = retired;
            unused = retired ? [.. _handlers.Where(handler => handler.Active == 0)] : [];
            _handlers.RemoveAll(unused.Contains);
        }

        foreach (var handler in unused)
        {
            handler.Dispose();
        }
    }

    private static Http2Handler Begin(Http2Handler handler)
    {
        handler.Active++;
        handler.Started++;
        return handler;
    }
}
