using System.Security.Authentication;
using Mesh.Proxy.Security.Tls;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: the parts that TLS contexts of clients and servers share.</summary>
internal static class TlsContextReader
{
    /// <summary>Istio's name of the secret that is a workload's own certificate; the proxy has it from the CA.</summary>
    public const string OwnCertificate = "default";

    /// <summary>Istio's name of the secret with the mesh's roots.</summary>
    public const string MeshRoots = "ROOTCA";

    public static PemSource? Pem(Pb.DataSource? source, List<string> notes)
    {
        switch (source?.SpecifierCase)
        {
            case Pb.DataSource.SpecifierOneofCase.Filename:
                return new(source.Filename, "");
            case Pb.DataSource.SpecifierOneofCase.InlineString:
                return new(null, source.InlineString);
            case Pb.DataSource.SpecifierOneofCase.InlineBytes:
                return new(null, source.InlineBytes.ToStringUtf8());
            default:
                notes.Add("a certificate or key that is neither a file nor inline is not supported");
                return null;
        }
    }

    public static SslProtocols Versions(Pb.TlsParameters? parameters, List<string> notes)
    {
        if (parameters is null)
        {
            return TlsVersions.Default;
        }

        if (parameters.CipherSuites.Count + parameters.EcdhCurves.Count > 0)
        {
            notes.Add("a choice of cipher_suites or ecdh_curves is not supported");
        }

        switch (parameters.TlsMinimumProtocolVersion, parameters.TlsMaximumProtocolVersion)
        {
            case (_, Pb.TlsParameters.Types.TlsProtocol.Tlsv10 or Pb.TlsParameters.Types.TlsProtocol.Tlsv11):
                notes.Add("nothing before TLS 1.2 is spoken");
                return TlsVersions.Default;
            case (_, Pb.TlsParameters.Types.TlsProtocol.Tlsv12):
                return TlsVersions.NotAbove12;
            case (Pb.TlsParameters.Types.TlsProtocol.Tlsv13, _):
                return TlsVersions.NotBelow13;
            default:
                return TlsVersions.Default;
        }
    }

    /// <summary>What narrows whom is believed must not be passed over.</summary>
    public static void RefuseUnknown(Pb.CertificateValidationContext validation, List<string> notes)
    {
        if (validation.VerifyCertificateHash.Count + validation.VerifyCertificateSpki.Count > 0)
        {
            notes.Add("pinned certificates are not supported");
        }
    }
}
