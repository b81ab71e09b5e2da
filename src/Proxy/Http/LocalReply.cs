using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Mesh.Proxy.Http;

/// <summary>Writes a <see cref="LocalAnswer"/> through Kestrel.</summary>
internal static class LocalReply
{
    public static Task WriteAsync(HttpContext http, in LocalAnswer answer)
    {
        var response = http.Response;
        // A failed attempt may have left its status and headers behind.
        response.Clear();
        response.StatusCode = answer.Status;
        var headers = response.Headers;
        if (answer.Location is not null)
        {
            headers.Location = answer.Location;
        }

        if (answer.ContentType is { } contentType)
        {
            headers.ContentType = contentType;
        }

        if (answer.IsGrpc)
        {
            headers["grpc-status"] = answer.GrpcStatus.ToString(CultureInfo.InvariantCulture);
            if (answer.GrpcMessage.Length > 0)
            {
                headers["grpc-message"] = answer.GrpcMessage;
            }
        }

        DownstreamHeaders.Apply(headers, answer.Edits);
        if (answer.IsGrpc || answer.Status is >= 100 and < 200 or 204 or 304)
        {
            return Task.CompletedTask;
        }

        response.ContentLength = answer.Body.Length;
        return answer.Body.IsEmpty || HttpMethods.IsHead(http.Request.Method)
            ? Task.CompletedTask
            : response.Body.WriteAsync(answer.Body).AsTask();
    }
}
