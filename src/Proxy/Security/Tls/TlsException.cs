namespace Mesh.Proxy.Security.Tls;

/// <summary>A handshake that did not come about, told as Envoy tells it: <c>TLS_error:|REASON:TLS_error_end</c>.</summary>
internal sealed class TlsException(string reason, Exception? inner) : IOException($"TLS_error:|{reason}:TLS_error_end", inner)
{
    public const string NoIdentity = "Secret is not supplied by SDS: this proxy has no workload certificate";

    /// <summary>Without the frame.</summary>
    public string Reason { get; } = reason;
}
