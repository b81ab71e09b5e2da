using System.Collections.Frozen;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Proxy.Security.Tls;

/// <summary>What one authority says is valid no more (RFC 5280, section 5). Immutable; whether the authority said so is asked with <see cref="IsSignedBy"/>.</summary>
internal sealed class RevocationList
{
    private static readonly Asn1Tag Extensions = new(TagClass.ContextSpecific, 0, isConstructed: true);

    private readonly ReadOnlyMemory<byte> _issuer;
    private readonly ReadOnlyMemory<byte> _signed;
    private readonly byte[] _signature;
    private readonly string _algorithm;
    private readonly FrozenSet<string> _serials;

    private RevocationList(
        ReadOnlyMemory<byte> issuer,
        ReadOnlyMemory<byte> signed,
        byte[] signature,
        string algorithm,
        DateTimeOffset? nextUpdate,
        FrozenSet<string> serials
    ) => (_issuer, _signed, _signature, _algorithm, NextUpdate, _serials) = (issuer, signed, signature, algorithm, nextUpdate, serials);

    /// <summary>From when on it says nothing any more; null for never.</summary>
    public DateTimeOffset? NextUpdate { get; }

    /// <exception cref="CryptographicException">It is no such list, or one that says more than this reads.</exception>
    public static RevocationList Read(byte[] der)
    {
        try
        {
            var list = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
            var signed = list.PeekEncodedValue();
            var content = list.ReadSequence();
            var algorithm = list.ReadSequence().ReadObjectIdentifier();
            var signature = list.ReadBitString(out _);
            if (content.PeekTag().HasSameClassAndValue(Asn1Tag.Integer))
            {
                content.ReadInteger();
            }

            content.ReadEncodedValue();
            var issuer = content.ReadEncodedValue();
            Time(content);
            DateTimeOffset? nextUpdate = content.HasData && IsTime(content.PeekTag()) ? Time(content) : null;
            var serials = new HashSet<string>(StringComparer.Ordinal);
            if (content.HasData && content.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence))
            {
                var entries = content.ReadSequence();
                while (entries.HasData)
                {
                    serials.Add(Text(entries.ReadSequence().ReadIntegerBytes().Span));
                }
            }

            if (content.HasData)
            {
                RefuseCritical(content.ReadSequence(Extensions).ReadSequence());
            }

            return new(issuer, signed, signature, algorithm, nextUpdate, serials.ToFrozenSet(StringComparer.Ordinal));
        }
        catch (AsnContentException error)
        {
            throw new CryptographicException("it is no certificate revocation list", error);
        }
    }

    public bool IsOf(X509Certificate2 authority) => authority.SubjectName.RawData.AsSpan().SequenceEqual(_issuer.Span);

    public bool Revokes(X509Certificate2 certificate) => _serials.Contains(Text(certificate.SerialNumberBytes.Span));

    public bool IsSignedBy(X509Certificate2 authority)
    {
        if (
            authority.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault() is { } usage
            && !usage.KeyUsages.HasFlag(X509KeyUsageFlags.CrlSign)
        )
        {
            return false;
        }

        switch (_algorithm)
        {
            case "1.2.840.10045.4.3.2":
                return Ecdsa(HashAlgorithmName.SHA256);
            case "1.2.840.10045.4.3.3":
                return Ecdsa(HashAlgorithmName.SHA384);
            case "1.2.840.10045.4.3.4":
                return Ecdsa(HashAlgorithmName.SHA512);
            case "1.2.840.113549.1.1.11":
                return Rsa(HashAlgorithmName.SHA256);
            case "1.2.840.113549.1.1.12":
                return Rsa(HashAlgorithmName.SHA384);
            case "1.2.840.113549.1.1.13":
                return Rsa(HashAlgorithmName.SHA512);
            default:
                return false;
        }

        bool Ecdsa(HashAlgorithmName hash)
        {
            using var key = authority.GetECDsaPublicKey();
            return key?.VerifyData(_signed.Span, _signature, hash, DSASignatureFormat.Rfc3279DerSequence) == true;
        }

        bool Rsa(HashAlgorithmName hash)
        {
            using var key = authority.GetRSAPublicKey();
            return key?.VerifyData(_signed.Span, _signature, hash, RSASignaturePadding.Pkcs1) == true;
        }
    }

    // RFC 5280, 5.2: who does not know a critical extension must not go by the list; delta lists and those of parts have one.
    private static void RefuseCritical(AsnReader extensions)
    {
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var name = extension.ReadObjectIdentifier();
            if (extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean())
            {
                throw new CryptographicException($"it has the critical extension {name}, which is not known");
            }
        }
    }

    private static bool IsTime(Asn1Tag tag) =>
        tag.HasSameClassAndValue(Asn1Tag.UtcTime) || tag.HasSameClassAndValue(Asn1Tag.GeneralizedTime);

    private static DateTimeOffset Time(AsnReader reader) =>
        reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();

    private static string Text(ReadOnlySpan<byte> serial) => Convert.ToHexString(serial.TrimStart((byte)0));
}
