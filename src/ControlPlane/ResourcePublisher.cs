using Mesh.ControlPlane.Delivery;
using Mesh.ControlPlane.Identity;
using Mesh.Xds;

namespace Mesh.ControlPlane;

/// <summary>The one publisher of resources: what was generated, and beside it the roots that the authority trusts, each as it changes.</summary>
internal sealed class ResourcePublisher(ResourceStore store)
{
    private readonly Lock gate = new();
    private IResourceView? generated;
    private XdsResource? roots;

    /// <summary>Of what was generated last; empty before.</summary>
    public string Version
    {
        get
        {
            lock (gate)
            {
                return generated?.Version ?? "";
            }
        }
    }

    public void Publish(IResourceView view)
    {
        lock (gate)
        {
            generated = view;
            Send();
        }
    }

    public void Trust(TrustBundle bundle)
    {
        lock (gate)
        {
            roots = TrustBundleView.Resource(bundle);
            Send();
        }
    }

    private void Send()
    {
        if (generated is not null)
        {
            store.Publish(roots is null ? generated : new TrustBundleView(generated, roots));
        }
    }
}
