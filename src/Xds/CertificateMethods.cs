namespace Mesh.Xds;

/// <summary>The gRPC service through which workloads get certificates, as Istio names it.</summary>
public static class CertificateMethods
{
    /// <summary>The service.</summary>
    public const string CertificateService = "istio.v1.auth.IstioCertificateService";

    /// <summary>IstioCertificateRequest and IstioCertificateResponse, unary.</summary>
    public const string CreateCertificatePath = "/" + CertificateService + "/CreateCertificate";

    /// <summary>Response metadata: the authority's clock, RFC 3339, so that callers learn how far theirs is off.</summary>
    public const string TimeHeader = "mesh-time";
}
