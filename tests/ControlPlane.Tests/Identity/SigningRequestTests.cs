using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.ControlPlane.Identity;

namespace Mesh.ControlPlane.Tests.Identity;

/// <summary>Which signing requests are taken, and what is said of the others.</summary>
public sealed class SigningRequestTests
{
    [Theory]
    [InlineData("1.2.840.10045.3.1.7")]
    [InlineData("1.3.132.0.34")]
    [InlineData("1.3.132.0.35")]
    public void Keys_on_the_usual_curves_are_taken(string curve)
    {
        using var key = ECDsa.Create(ECCurve.CreateFromValue(curve));
        var found = SigningRequest.Read(IdentityHost.SigningRequestFor(key), out var problem);
        Assert.Equal("", problem);
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), found!.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public void An_RSA_key_of_2048_bits_is_taken()
    {
        using var key = RSA.Create(2048);
        Assert.NotNull(SigningRequest.Read(For(key), out _));
    }

    [Fact]
    public void Weak_and_odd_keys_are_refused()
    {
        using var tiny = RSA.Create(512);
        Refused(For(tiny), "its RSA key has 512 bits; 2048 to 4096 are taken");
        using var small = RSA.Create(1024);
        using var large = RSA.Create(5120);
        using var bitcoin = ECDsa.Create(ECCurve.CreateFromValue("1.3.132.0.10"));
        Refused(For(small), "its RSA key has 1024 bits; 2048 to 4096 are taken");
        Refused(For(large), "its RSA key has 5120 bits");
        Refused(IdentityHost.SigningRequestFor(bitcoin), "on none of the curves P-256, P-384 and P-521");
    }

    [Fact]
    public void What_is_no_request_signed_by_its_own_key_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var good = IdentityHost.SigningRequestFor(key);
        Refused("", "it is empty");
        Refused(new string('A', SigningRequest.MaxLength + 1), "at most 8192 are taken");
        Refused("hello", "no PEM signing request");
        Refused(good.Replace("CERTIFICATE REQUEST", "CERTIFICATE", StringComparison.Ordinal), "no PEM signing request");
        Refused(good[..^60], "no PEM signing request");
        Refused(good + "\n" + IdentityHost.SigningRequestFor(other), "something follows it");
        Refused(good + "\0", "something follows it");
        Refused(SignedByAnother(key, other), "signed by the key inside it");
    }

    [Fact]
    public void Any_changed_byte_of_a_request_is_noticed()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var good = IdentityHost.SigningRequestFor(key);
        var bytes = Convert.FromBase64String(good[PemEncoding.Find(good).Base64Data]);
        for (var i = 0; i < bytes.Length; i++)
        {
            var changed = (byte[])bytes.Clone();
            changed[i] ^= 1;
            Assert.Null(SigningRequest.Read(PemEncoding.WriteString("CERTIFICATE REQUEST", changed), out _));
        }
    }

    /// <summary>A request for one key, signed by another: somebody asks for a certificate for a key that is not theirs.</summary>
    internal static string SignedByAnother(ECDsa claimed, ECDsa signer)
    {
        var honest = new CertificateRequest("CN=a", claimed, HashAlgorithmName.SHA256).CreateSigningRequest();
        var info = new AsnReader(honest, AsnEncodingRules.DER).ReadSequence().ReadEncodedValue();
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(info.Span);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("1.2.840.10045.4.3.2");
            }

            writer.WriteBitString(signer.SignData(info.Span, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        }

        return PemEncoding.WriteString("CERTIFICATE REQUEST", writer.Encode());
    }

    private static string For(RSA key) =>
        new CertificateRequest("CN=a", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequestPem();

    private static void Refused(string pem, string reason)
    {
        Assert.Null(SigningRequest.Read(pem, out var problem));
        Assert.Contains(reason, problem, StringComparison.Ordinal);
    }
}
