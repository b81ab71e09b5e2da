using System.Buffers;
using System.Collections.Immutable;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Delivery;

/// <summary>State of the world: every response lists the whole subscription.</summary>
internal sealed class SotwProtocol : IStreamProtocol<Pb.DiscoveryRequest, SotwResponse>
{
    public static readonly SotwProtocol Instance = new();

    public string Name => "sotw";

    public string TypeUrlOf(Pb.DiscoveryRequest request) => request.TypeUrl;

    public Pb.Node? NodeOf(Pb.DiscoveryRequest request) => request.Node;

    public IEnumerable<string> NamesOf(Pb.DiscoveryRequest request) => request.ResourceNames;

    public ISubscription<Pb.DiscoveryRequest, SotwResponse> Subscribe(string typeUrl, DiscoveryOptions options) =>
        new SotwSubscription(typeUrl, options);

    public ImmutableArray<XdsResource> ResourcesOf(SotwResponse response) => response.Resources;

    public string VersionOf(SotwResponse response) => response.Version;

    public ReadOnlySequence<byte> ToSequence(SotwResponse response) => response.ToSequence();
}
