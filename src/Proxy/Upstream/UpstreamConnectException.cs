namespace Mesh.Proxy.Upstream;

/// <summary>No connection to the endpoint came about: nothing of the request has left this process.</summary>
internal sealed class UpstreamConnectException(string message, Exception? inner) : IOException(message, inner)
{
    /// <summary>The time allowed for it was up.</summary>
    public bool TimedOut { get; init; }

    /// <summary>The one in <paramref name="exception"/>'s chain, which the HTTP handler wraps.</summary>
    public static UpstreamConnectException? In(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is UpstreamConnectException found)
            {
                return found;
            }

            if (exception is AggregateException many)
            {
                foreach (var one in many.InnerExceptions)
                {
                    if (In(one) is { } inside)
                    {
                        return inside;
                    }
                }
            }
        }

        return null;
    }
}
