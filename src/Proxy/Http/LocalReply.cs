using System.Buffers;
using System.Globalization;
using System.Text;
using Mesh.Proxy.Routing;
using Microsoft.AspNetCore.Http;

namespace Mesh.Proxy.Http;

/// <summary>Answers that this proxy gives by itself: failures, direct responses and redirects; gRPC clients get them trailers-only.</summary>
internal static class LocalReply
{
    private const string PlainText = "text/plain";

    public static Task FailAsync(RequestContext request, Failure failure)
    {
        var entry = FailureTable.Of(failure);
        Begin(request.Http.Response);
        return request.Head.IsGrpc
            ? WriteGrpcAsync(request, entry.GrpcStatus, entry.Body)
            : WriteAsync(request, entry.Status, Encoding.UTF8.GetBytes(entry.Body));
    }

    public static Task DirectAsync(RequestContext request, RuleAction.DirectResponse direct)
    {
        var response = request.Http.Response;
        Begin(response);
        DownstreamHeaders.Apply(response.Headers, request.Record.Plan.ResponseEdits);
        return request.Head.IsGrpc
            ? WriteGrpcAsync(request, GrpcStatusOf(direct.StatusCode), Encoding.UTF8.GetString(direct.Body))
            : WriteAsync(request, direct.StatusCode, direct.Body);
    }

    public static Task RedirectAsync(RequestContext request, RuleAction.Redirect redirect)
    {
        var response = request.Http.Response;
        Begin(response);
        response.Headers.Location = Location(request.Head, redirect, request.Record.Plan.Rule!.Conditions);
        DownstreamHeaders.Apply(response.Headers, request.Record.Plan.ResponseEdits);
        return WriteAsync(request, redirect.StatusCode, []);
    }

    private static void Begin(HttpResponse response)
    {
        // A failed attempt may have left its status and headers behind.
        response.Clear();
    }

    private static Task WriteAsync(RequestContext request, int status, byte[] body)
    {
        var response = request.Http.Response;
        request.Record.StatusCode = response.StatusCode = status;
        if (status is >= 100 and < 200 or 204 or 304)
        {
            return Task.CompletedTask;
        }

        response.ContentLength = body.Length;
        if (body.Length == 0)
        {
            return Task.CompletedTask;
        }

        response.Headers.ContentType = response.Headers.ContentType.Count > 0 ? response.Headers.ContentType : PlainText;
        return HttpMethods.IsHead(request.Http.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body).AsTask();
    }

    // gRPC over HTTP/2, "Responses": Trailers-Only is one HEADERS frame with HTTP status 200.
    private static Task WriteGrpcAsync(RequestContext request, int grpcStatus, string message)
    {
        var response = request.Http.Response;
        request.Record.StatusCode = response.StatusCode = StatusCodes.Status200OK;
        request.Record.GrpcStatus = grpcStatus;
        response.Headers.ContentType = "application/grpc";
        response.Headers["grpc-status"] = grpcStatus.ToString(CultureInfo.InvariantCulture);
        if (message.Length > 0)
        {
            response.Headers["grpc-message"] = PercentEncode(message);
        }

        return Task.CompletedTask;
    }

    // gRPC, "HTTP to gRPC Status Code Mapping".
    private static int GrpcStatusOf(int httpStatus) =>
        httpStatus switch
        {
            200 => 0,
            400 => 13,
            401 => 16,
            403 => 7,
            404 => 12,
            429 or 502 or 503 or 504 => 14,
            _ => 2,
        };

    // gRPC over HTTP/2: Status-Message keeps printable ASCII without '%'.
    private static string PercentEncode(string message)
    {
        var encoded = new StringBuilder(message.Length);
        foreach (var b in Encoding.UTF8.GetBytes(message))
        {
            if (b is >= 0x20 and <= 0x7E and not (byte)'%')
            {
                encoded.Append((char)b);
            }
            else
            {
                encoded.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
            }
        }

        return encoded.ToString();
    }

    private static string Location(RequestHead head, RuleAction.Redirect redirect, RouteConditions conditions)
    {
        for (var size = 1024; ; size *= 2)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(size);
            try
            {
                if (RedirectLocation.TryWrite(head, redirect, conditions, buffer, out var written))
                {
                    return Encoding.Latin1.GetString(buffer.AsSpan(0, written));
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
