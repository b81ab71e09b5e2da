using System.Globalization;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Mesh.Grpc;

/// <summary>Names of the headers that are gRPC's own, and the ways between metadata and the header collections of both sides.</summary>
internal static class GrpcWireHeaders
{
    public const string ContentType = "application/grpc";
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";
    public const string Timeout = "grpc-timeout";
    public const string Encoding = "grpc-encoding";
    public const string AcceptEncoding = "grpc-accept-encoding";
    public const string Identity = "identity";

    /// <summary>PROTOCOL-HTTP2: "application/grpc" [("+proto" / "+json" / {custom})]; we speak protobuf.</summary>
    public static bool IsGrpc(string? contentType)
    {
        if (contentType is null)
        {
            return false;
        }
        var parameters = contentType.IndexOf(';', StringComparison.Ordinal);
        var media = (parameters < 0 ? contentType.AsSpan() : contentType.AsSpan(0, parameters)).Trim();
        return media.Equals(ContentType, StringComparison.OrdinalIgnoreCase)
            || media.Equals(ContentType + "+proto", StringComparison.OrdinalIgnoreCase);
    }

    public static GrpcMetadata Read(IHeaderDictionary headers)
    {
        var metadata = new GrpcMetadata();
        foreach (var (name, values) in headers)
        {
            foreach (var value in values)
            {
                metadata.AddReceived(name, value ?? "");
            }
        }
        return metadata;
    }

    public static GrpcMetadata Read(HttpResponseHeaders headers)
    {
        var metadata = new GrpcMetadata();
        foreach (var (name, values) in headers.NonValidated)
        {
            foreach (var value in values)
            {
                metadata.AddReceived(name, value);
            }
        }
        return metadata;
    }

    public static void Append(IHeaderDictionary headers, GrpcMetadata metadata)
    {
        foreach (var entry in metadata)
        {
            headers[entry.Name] = StringValues.Concat(headers[entry.Name], entry.Text);
        }
    }

    public static void AppendStatus(IHeaderDictionary headers, GrpcStatus status)
    {
        headers[Status] = ((int)status.Code).ToString(CultureInfo.InvariantCulture);
        if (!string.IsNullOrEmpty(status.Message))
        {
            headers[Message] = GrpcPercentEncoding.Encode(status.Message);
        }
    }

    /// <summary>The status in these headers or trailers; null if there is none. A code that gRPC does not have counts as UNKNOWN.</summary>
    public static GrpcStatus? ReadStatus(HttpResponseHeaders headers)
    {
        if (!headers.NonValidated.TryGetValues(Status, out var codes))
        {
            return null;
        }
        var text = headers.NonValidated.TryGetValues(Message, out var messages) ? GrpcPercentEncoding.Decode(messages.ToString()) : "";
        // statuscodes.md: "Error parsing returned status" is UNKNOWN.
        return
            int.TryParse(codes.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            && code <= (int)GrpcStatusCode.Unauthenticated
            ? new GrpcStatus((GrpcStatusCode)code, text)
            : new GrpcStatus(GrpcStatusCode.Unknown, $"the server sent grpc-status \"{codes}\", which is no status: {text}");
    }
}
