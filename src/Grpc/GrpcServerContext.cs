using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Mesh.Grpc;

/// <summary>What a handler knows about the call it serves, and the metadata it answers with.</summary>
public sealed class GrpcServerContext
{
    internal GrpcServerContext(
        HttpContext http,
        string method,
        GrpcMetadata requestHeaders,
        DateTimeOffset? deadline,
        CancellationToken token
    )
    {
        Method = method;
        RequestHeaders = requestHeaders;
        Deadline = deadline;
        CancellationToken = token;
        Authority = http.Request.Host.Value ?? "";
        Peer = http.Connection.RemoteIpAddress is { } address ? new IPEndPoint(address, http.Connection.RemotePort).ToString() : "unknown";
        ClientCertificate = http.Connection.ClientCertificate;
        // Not the scheme, which is the client's word.
        IsEncrypted = http.Features.Get<ITlsHandshakeFeature>() is not null;
    }

    /// <summary>The path of the method, <c>/package.Service/Method</c>.</summary>
    public string Method { get; }

    /// <summary>The authority that the client asked for.</summary>
    public string Authority { get; }

    /// <summary>The address and port of the other end of the connection.</summary>
    public string Peer { get; }

    /// <summary>Whether the connection is under TLS.</summary>
    public bool IsEncrypted { get; }

    /// <summary>The certificate that the client proved to own; null without mTLS.</summary>
    public X509Certificate2? ClientCertificate { get; }

    /// <summary>The metadata that came with the call.</summary>
    public GrpcMetadata RequestHeaders { get; }

    /// <summary>When the client gives up; null for never.</summary>
    public DateTimeOffset? Deadline { get; }

    /// <summary>Cancelled when the client leaves, the deadline passes or, for streams, the server stops.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>Metadata in front of the first response message; later additions are lost.</summary>
    public GrpcMetadata ResponseHeaders { get; } = new();

    /// <summary>Metadata that goes out with the status.</summary>
    public GrpcMetadata ResponseTrailers { get; } = new();
}
