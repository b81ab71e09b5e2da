using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Mesh.Proxy.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Http;

/// <summary>Carries one request's plan out on the messages that YARP sends and receives; none of YARP's own header rules apply.</summary>
internal sealed class AttemptTransformer(RequestContext request) : HttpTransformer
{
    private const int FirstTargetBytes = 1024;

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
        var headers = httpContext.Request.Headers;
        var connection = headers.Connection;
        foreach (var (name, values) in headers)
        {
            if (!HopByHopHeaders.Contains(name, connection) && !name.Equals("host", StringComparison.OrdinalIgnoreCase))
            {
                UpstreamHeaders.Add(proxyRequest, name, values);
            }
        }

        // gRPC's way of asking for trailers; HTTP/2 allows this one value (RFC 9113 8.2.2).
        if (_http2 && headers.TE.ToString().Contains("trailers", StringComparison.OrdinalIgnoreCase))
        {
            proxyRequest.Headers.TryAddWithoutValidation("te", "trailers");
        }

        var plan = request.Session.Record.Plan;
        var authority = request.Head.Authority;
        proxyRequest.Headers.Host = plan.AuthorityRewrite is { } rewrite ? WireText.Of(rewrite) : Encoding.Latin1.GetString(authority);
        UpstreamHeaders.Apply(proxyRequest, plan.RequestEdits);
        proxyRequest.RequestUri = new Uri(_prefix + Target(proxyRequest), TrafficDefaults.RawPath);
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

        if (HasTwoLengths(proxyResponse))
        {
            throw new HttpRequestException(
                HttpRequestError.InvalidResponse,
                "The upstream's answer has both Transfer-Encoding and Content-Length (RFC 9112 6.3)."
            );
        }

        if (proxyResponse.StatusCode == HttpStatusCode.SwitchingProtocols && !AskedForUpgrade(httpContext.Features))
        {
            // RFC 9110 15.2.2: only who asked may be switched; the bytes behind it would be read as the next answer.
            throw new HttpRequestException(HttpRequestError.InvalidResponse, "101 without an upgrade");
        }

        // A trailers-only gRPC answer has its status among the headers.
        if (!request.Session.TakeHead((int)proxyResponse.StatusCode, GrpcStatus(proxyResponse.Headers)))
        {
            return new(false);
        }

        var record = request.Session.Record;
        var response = httpContext.Response;
        response.StatusCode = (int)proxyResponse.StatusCode;
        if (request.Head.Version != HttpVersionKind.Http2 && proxyResponse.ReasonPhrase is { Length: > 0 } reason)
        {
            httpContext.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = reason;
        }

        var connection = proxyResponse.Headers.NonValidated.TryGetValues("connection", out var listed)
            ? DownstreamHeaders.Values(listed)
            : StringValues.Empty;
        DownstreamHeaders.Copy(proxyResponse.Headers, connection, response.Headers);
        DownstreamHeaders.Copy(proxyResponse.Content.Headers, connection, response.Headers);

        var milliseconds = (long)_time.GetElapsedTime(record.AttemptTicks, record.UpstreamHeadTicks).TotalMilliseconds;
        response.Headers["x-envoy-upstream-service-time"] = DownstreamHeaders.Milliseconds(milliseconds);
        DownstreamHeaders.Apply(response.Headers, request.Session.ResponseEdits);
        // An upgraded connection is read and written by other means.
        if (
            proxyResponse.StatusCode != HttpStatusCode.SwitchingProtocols
            && httpContext.Features.Get<IHttpExtendedConnectFeature>() is not { IsExtendedConnect: true }
        )
        {
            proxyResponse.Content = new PromptHeadContent(proxyResponse.Content, response);
        }

        return new(true);
    }

    public override ValueTask TransformResponseTrailersAsync(
        HttpContext httpContext,
        HttpResponseMessage proxyResponse,
        CancellationToken cancellationToken
    )
    {
        if (GrpcStatus(proxyResponse.TrailingHeaders) is >= 0 and var status)
        {
            request.Session.Record.GrpcStatus = status;
        }

        if (httpContext.Features.Get<IHttpResponseTrailersFeature>()?.Trailers is { IsReadOnly: false } trailers)
        {
            DownstreamHeaders.Copy(proxyResponse.TrailingHeaders, StringValues.Empty, trailers);
        }

        return default;
    }

    // Two readers could find two ends; SocketsHttpHandler takes the one and would forward the other.
    private static bool HasTwoLengths(HttpResponseMessage response) =>
        response.Version.Major == 1
        && response.Headers.NonValidated.Contains("transfer-encoding")
        && response.Content.Headers.NonValidated.Contains("content-length");

    private static bool AskedForUpgrade(IFeatureCollection features) =>
        features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest == true
        || features.Get<IHttpExtendedConnectFeature>()?.IsExtendedConnect == true;

    private static int GrpcStatus(HttpHeaders headers) =>
        headers.NonValidated.TryGetValues("grpc-status", out var value) && int.TryParse(value.ToString(), out var status) ? status : -1;

    private string Target(HttpRequestMessage proxyRequest)
    {
        var head = request.Head;
        var plan = request.Session.Record.Plan;
        if (plan.Forward?.PathRewrite is null)
        {
            return Encoding.Latin1.GetString(head.OriginForm);
        }

        proxyRequest.Headers.TryAddWithoutValidation("x-envoy-original-path", Encoding.Latin1.GetString(head.OriginForm));
        for (var size = Math.Max(FirstTargetBytes, head.OriginForm.Length * 2); ; size *= 2)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(size);
            try
            {
                if (plan.TryWriteTarget(head, buffer, out var written))
                {
                    var target = Encoding.Latin1.GetString(buffer.AsSpan(0, written));
                    return target.StartsWith('/') ? target : "/" + target;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
