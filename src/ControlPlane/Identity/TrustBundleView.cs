using System.Diagnostics.CodeAnalysis;
using Mesh.ControlPlane.Delivery;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Identity;

/// <summary>A state of the mesh with the trusted roots beside it, for those who ask for them by name: the one secret that is everybody's.</summary>
internal sealed class TrustBundleView(IResourceView inner, XdsResource roots) : IResourceView
{
    public string Version => inner.Version;

    public long ChangedAt => inner.ChangedAt;

    public static XdsResource Resource(TrustBundle bundle) =>
        XdsResource.Create(
            SecretResourceNames.Roots,
            new Pb.Secret
            {
                Name = SecretResourceNames.Roots,
                ValidationContext = new Pb.CertificateValidationContext { TrustedCa = new Pb.DataSource { InlineString = bundle.Pem } },
            }
        );

    public string? AccountOf(NodeInfo node) => inner.AccountOf(node);

    public ResourceSet ResourcesFor(NodeInfo node) => inner.ResourcesFor(node);

    public bool TryFind(NodeInfo node, string typeUrl, string name, [NotNullWhen(true)] out XdsResource? resource)
    {
        if (typeUrl == TypeUrls.Secret && name == SecretResourceNames.Roots)
        {
            resource = roots;
            return true;
        }

        return inner.TryFind(node, typeUrl, name, out resource);
    }
}
