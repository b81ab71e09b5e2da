using Mesh.Proxy.Security;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: reads the one kind of secret that is sent to proxies, roots to trust.</summary>
internal static class SecretReader
{
    public static TrustedRoots Read(Pb.Secret secret, ProblemList problems)
    {
        if (secret.TypeCase != Pb.Secret.TypeOneofCase.ValidationContext)
        {
            problems.Add("type", $"is {secret.TypeCase}; only validation_context is taken, keys stay where they were made");
            return new([]);
        }

        var source = secret.ValidationContext.TrustedCa;
        var pem = source?.SpecifierCase switch
        {
            Pb.DataSource.SpecifierOneofCase.InlineString => source.InlineString,
            Pb.DataSource.SpecifierOneofCase.InlineBytes => source.InlineBytes.ToStringUtf8(),
            _ => "",
        };
        if (TrustedRoots.Parse(pem) is { } roots)
        {
            return roots;
        }

        problems.Add("validation_context.trusted_ca", "must be inline and hold certificates in PEM, at least one");
        return new([]);
    }
}
