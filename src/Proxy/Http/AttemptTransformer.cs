using System.Net;
using System.Net.Http.Headers;
using Mesh.Proxy.Http.ToHttp1;
using Mesh.Proxy.Upstream.Retries;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Http;

/// <summary>Carries one request's plan out on the messages that YARP sends and receives; none of YARP's own header rules apply.</summary>
internal sealed class AttemptTransformer(RequestContext request) : HttpTransformer
{
    private static readonly Uri Anywhere = new("http://upstream/");

    // http://address:port of the picked endpoint, which the handler dials whatever stands here.
    private string _prefix = "";
    private TimeProvider _time = TimeProvider.System;
    private bool _http2;

    public void Begin(string prefix, bool http2, TimeProvider time)
    {
        _prefix = prefix;
        _http2 = http2;
        _time = time;
    }

    public override ValueTask TransformRequestAsync(
        HttpContext httpContext,
        HttpRequestMessage proxyRequest,
        string destinationPrefix,
        CancellationToken cancellationToken
    )
    {
        if (_http2)
        {
            UpstreamMessage.Fill(proxyRequest, request.Session, _prefix, _http2);
        }
        else
        {
            // The sender writes the head from where it is, to the address that was picked.
            proxyRequest.RequestUri = Anywhere;
        }

        return default;
    }

    public override ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext,
        HttpResponseMessage? proxyResponse,
        CancellationToken cancellationToken
    )
    {
        if (proxyResponse is null)
        {
            return new(false);
        }

        if (!request.TryEndTryTimeout())
        {
            throw new OperationCanceledException("The answer's head came as the time of its try was up.");
        }

        var length = -1L;
        if (_http2 && !Http2Response.TryLength(proxyResponse, out length))
        {
            throw new AttemptException(Failure.UpstreamProtocolError, "The answer's Content-Length is not one number.");
        }

        if (_http2 && Http2Response.IsTooLarge(proxyResponse, request.Limits))
        {
            throw new AttemptException(
                Failure.UpstreamProtocolError,
                "The answer's head is larger than --max-head-bytes or --max-headers."
            );
        }

        request.Session.Replayable = request.TryKeepBody();
        var status = StatusOf(proxyResponse, httpContext.Features);
        // A trailers-only gRPC answer has its status among the headers.
        if (!request.Session.TakeHead(status, GrpcStatus(proxyResponse.Headers), Marks(proxyResponse.Headers)))
        {
            return new(false);
        }

        request.ReleaseBody();
        if (status == StatusCodes.Status101SwitchingProtocols)
        {
            request.Watch.Tunnel(request.Limits.IdleTimeout);
        }
        else if (!proxyResponse.Content.Headers.NonValidated.Contains("content-length"))
        {
            request.Watch.Streams();
        }

        var record = request.Session.Record;
        var response = httpContext.Response;
        response.StatusCode = (int)proxyResponse.StatusCode;
        var connection = proxyResponse.Headers.NonValidated.TryGetValues("connection", out var listed)
            ? DownstreamHeaders.Values(listed)
            : StringValues.Empty;
        DownstreamHeaders.Copy(proxyResponse.Headers, connection, response.Headers);
        DownstreamHeaders.Copy(proxyResponse.Content.Headers, connection, response.Headers);

        var milliseconds = (long)_time.GetElapsedTime(record.AttemptTicks, record.UpstreamHeadTicks).TotalMilliseconds;
        response.Headers["x-envoy-upstream-service-time"] = DownstreamHeaders.Milliseconds(milliseconds);
        DownstreamHeaders.Apply(response.Headers, request.Session.ResponseEdits(new(proxyResponse)));
        // An upgraded connection is read and written by other means.
        if (request.Tunnel is { } tunnel)
        {
            if (_http2 && status == StatusCodes.Status101SwitchingProtocols)
            {
                proxyResponse.Content = new TunnelContent(proxyResponse.Content, tunnel.ClientEnded);
            }
        }
        else if (proxyResponse.StatusCode != HttpStatusCode.SwitchingProtocols)
        {
            var known = _http2 && !HttpMethods.IsHead(httpContext.Request.Method) && status != StatusCodes.Status304NotModified;
            proxyResponse.Content = new PromptHeadContent(proxyResponse.Content, response, known ? length : -1);
        }

        return new(true);
    }

    public override ValueTask TransformResponseTrailersAsync(
        HttpContext httpContext,
        HttpResponseMessage proxyResponse,
        CancellationToken cancellationToken
    )
    {
        var trailers = proxyResponse.TrailingHeaders;
        if (trailers.NonValidated.Count == 0)
        {
            return default;
        }

        if (GrpcStatus(trailers) is >= 0 and var status)
        {
            request.Session.Record.GrpcStatus = status;
        }

        if (httpContext.Features.Get<IHttpResponseTrailersFeature>()?.Trailers is { IsReadOnly: false } answered)
        {
            DownstreamHeaders.Copy(trailers, StringValues.Empty, answered);
        }

        return default;
    }

    // HTTP/2 says 200 to an upgrade where HTTP/1.1 says 101 (RFC 8441 5); log and metrics say 101 for both, as Envoy's.
    private static int StatusOf(HttpResponseMessage response, IFeatureCollection features) =>
        response.StatusCode == HttpStatusCode.OK && features.Get<IHttpExtendedConnectFeature>()?.IsExtendedConnect == true
            ? (int)HttpStatusCode.SwitchingProtocols
            : (int)response.StatusCode;

    private static ResponseMarks Marks(HttpHeaders headers) =>
        (headers.NonValidated.Contains("x-envoy-overloaded") ? ResponseMarks.Overloaded : ResponseMarks.None)
        | (headers.NonValidated.Contains("x-envoy-ratelimited") ? ResponseMarks.RateLimited : ResponseMarks.None)
        | (headers.NonValidated.Contains(LocalAnswer.RepeatableHeader) ? ResponseMarks.Repeatable : ResponseMarks.None);

    private static int GrpcStatus(HttpHeaders headers) =>
        headers.NonValidated.TryGetValues("grpc-status", out var value) && int.TryParse(value.ToString(), out var status) ? status : -1;
}
