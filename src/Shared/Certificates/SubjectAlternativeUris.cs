using System.Formats.Asn1;

namespace Mesh.Certificates;

/// <summary>The URIs in a certificate's subject alternative names, which the runtime's own extension type does not list (RFC 5280, 4.2.1.6).</summary>
internal static class SubjectAlternativeUris
{
    private static readonly Asn1Tag UniformResourceIdentifier = new(TagClass.ContextSpecific, 6);

    /// <exception cref="AsnContentException">The bytes are no such extension.</exception>
    public static IReadOnlyList<string> In(byte[] extension)
    {
        var names = new AsnReader(extension, AsnEncodingRules.DER).ReadSequence();
        var found = new List<string>();
        while (names.HasData)
        {
            if (names.PeekTag().HasSameClassAndValue(UniformResourceIdentifier))
            {
                found.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, UniformResourceIdentifier));
            }
            else
            {
                names.ReadEncodedValue();
            }
        }

        return found;
    }
}
