using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>Reads a Gateway, and ports and TLS of listeners for a Sidecar too.</summary>
internal static class GatewayReader
{
    private static readonly EnumTable<ServerTlsMode> TlsModes = new(
        ("PASSTHROUGH", ServerTlsMode.Passthrough),
        ("SIMPLE", ServerTlsMode.Simple),
        ("MUTUAL", ServerTlsMode.Mutual),
        ("AUTO_PASSTHROUGH", ServerTlsMode.AutoPassthrough),
        ("ISTIO_MUTUAL", ServerTlsMode.IstioMutual),
        ("OPTIONAL_MUTUAL", ServerTlsMode.OptionalMutual)
    );

    private static readonly EnumTable<TlsProtocolVersion> TlsVersions = new(
        ("TLS_AUTO", TlsProtocolVersion.Auto),
        ("TLSV1_0", TlsProtocolVersion.Tls10),
        ("TLSV1_1", TlsProtocolVersion.Tls11),
        ("TLSV1_2", TlsProtocolVersion.Tls12),
        ("TLSV1_3", TlsProtocolVersion.Tls13)
    );

    internal static GatewaySpec Read(ObjectReader reader) =>
        new() { Servers = reader.List("servers", ReadServer), Selector = reader.TextMap("selector") };

    internal static PortSpec ReadPort(ObjectReader reader) =>
        new()
        {
            Number = reader.RequiredPort("number"),
            Protocol = reader.Text("protocol")?.ToUpperInvariant(),
            Name = reader.Text("name"),
            TargetPort = reader.Port("targetPort"),
        };

    internal static ServerTlsSpec ReadTls(ObjectReader reader) =>
        new()
        {
            HttpsRedirect = reader.Boolean("httpsRedirect") ?? false,
            Mode = reader.Enum("mode", TlsModes),
            ServerCertificate = reader.Text("serverCertificate"),
            PrivateKey = reader.Text("privateKey"),
            CaCertificates = reader.Text("caCertificates"),
            CaCrl = reader.Text("caCrl"),
            CredentialName = reader.Text("credentialName"),
            CredentialNames = reader.Texts("credentialNames"),
            CaCertCredentialName = reader.Text("caCertCredentialName"),
            TlsCertificates = reader.List("tlsCertificates", ReadCertificate),
            SubjectAltNames = reader.Texts("subjectAltNames"),
            VerifyCertificateSpki = reader.Texts("verifyCertificateSpki"),
            VerifyCertificateHash = reader.Texts("verifyCertificateHash"),
            MinProtocolVersion = reader.Enum("minProtocolVersion", TlsVersions),
            MaxProtocolVersion = reader.Enum("maxProtocolVersion", TlsVersions),
            CipherSuites = reader.Texts("cipherSuites"),
        };

    private static ServerSpec ReadServer(ObjectReader reader) =>
        new()
        {
            Location = reader.Location,
            Name = reader.Text("name"),
            Port = reader.Required("port", ReadPort, "an object with number, protocol and name"),
            Bind = reader.Text("bind"),
            Hosts = reader.Texts("hosts"),
            Tls = reader.Object("tls", ReadTls),
            DefaultEndpoint = reader.Text("defaultEndpoint"),
        };

    private static TlsCertificateSpec ReadCertificate(ObjectReader reader) =>
        new()
        {
            ServerCertificate = reader.Text("serverCertificate"),
            PrivateKey = reader.Text("privateKey"),
            CaCertificates = reader.Text("caCertificates"),
        };
}
