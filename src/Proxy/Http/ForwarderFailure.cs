using System.Net.Sockets;
using Mesh.Proxy.Http.ToHttp1;
using Mesh.Proxy.Upstream;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Http;

/// <summary>Says in our words what YARP reports. Its own status mapping never reaches a client.</summary>
internal static class ForwarderFailure
{
    // RFC 9113 7: the stream was closed before any processing.
    private const long RefusedStream = 7;

    /// <param name="timeout">Which time was up; none mostly.</param>
    /// <param name="clientGone">The client's connection or stream is closed.</param>
    /// <param name="headSeen">The upstream's response head arrived.</param>
    public static Failure Of(ForwarderError error, Exception? exception, Failure timeout, bool clientGone, bool headSeen)
    {
        if (error == ForwarderError.None)
        {
            return Failure.None;
        }

        if (timeout != Failure.None)
        {
            return timeout;
        }

        // YARP then aborts the client itself, which must not read as a client that left; one that did shows as a cancelled copy.
        if (error == ForwarderError.ResponseBodyDestination)
        {
            return AttemptIn(exception)?.Failure ?? Failure.UpstreamBrokeOff;
        }

        // Before everything else: whatever broke afterwards broke because the client left, and the upstream is not to blame.
        if (clientGone)
        {
            return Failure.ClientAbort;
        }

        switch (error)
        {
            // An answer that came whole before the request's body had ended is no failure (RFC 9110 7.5).
            case ForwarderError.RequestBodyClient
            or ForwarderError.RequestBodyCanceled
            or ForwarderError.RequestBodyDestination when headSeen:
                return Failure.None;

            case ForwarderError.RequestBodyClient:
                return Any(exception, static one => one is BadHttpRequestException) ? Failure.ClientProtocolError : Failure.ClientAbort;

            case ForwarderError.RequestCanceled
            or ForwarderError.RequestBodyCanceled
            or ForwarderError.ResponseBodyClient
            or ForwarderError.ResponseBodyCanceled
            or ForwarderError.UpgradeRequestClient
            or ForwarderError.UpgradeResponseClient
            or ForwarderError.UpgradeRequestCanceled
            or ForwarderError.UpgradeResponseCanceled:
                return Failure.ClientAbort;

            case ForwarderError.UpgradeRequestDestination
            or ForwarderError.UpgradeResponseDestination:
                return Failure.UpstreamBrokeOff;

            case ForwarderError.ResponseHeaders:
                return Failure.UpstreamProtocolError;

            case ForwarderError.RequestCreation:
                return Failure.ClientProtocolError;

            default:
                return OfSending(exception);
        }
    }

    public static Failure OfSending(Exception? exception)
    {
        if (AttemptIn(exception) is { } attempt)
        {
            return attempt.Failure;
        }

        if (UpstreamConnectException.In(exception) is { } connect)
        {
            return connect.TimedOut ? Failure.ConnectTimeout : Failure.ConnectFailed;
        }

        // The connection broke, even where that was in the middle of a head or of HTTP/2's first frames.
        if (Any(exception, IsBroken))
        {
            return Failure.UpstreamReset;
        }

        return Any(exception, IsUnintelligible) ? Failure.UpstreamProtocolError
            : Any(exception, static one => one is HttpProtocolException { ErrorCode: RefusedStream }) ? Failure.StreamRefused
            : Any(exception, static one => one is HttpProtocolException) ? Failure.StreamReset
            : Failure.UpstreamReset;
    }

    private static AttemptException? AttemptIn(Exception? exception) =>
        exception switch
        {
            null => null,
            AttemptException found => found,
            AggregateException many => many.InnerExceptions.Select(AttemptIn).FirstOrDefault(found => found is not null),
            _ => AttemptIn(exception.InnerException),
        };

    private static bool IsBroken(Exception exception) =>
        exception is SocketException or HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded };

    private static bool IsUnintelligible(Exception exception) =>
        exception
            is HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse }
                or HttpRequestException
                {
                    HttpRequestError: HttpRequestError.InvalidResponse
                        or HttpRequestError.ConfigurationLimitExceeded
                        or HttpRequestError.VersionNegotiationError
                        or HttpRequestError.ExtendedConnectNotSupported
                };

    private static bool Any(Exception? exception, Func<Exception, bool> holds) =>
        exception is AggregateException many
            ? many.InnerExceptions.Any(one => Any(one, holds))
            : exception is not null && (holds(exception) || Any(exception.InnerException, holds));
}
