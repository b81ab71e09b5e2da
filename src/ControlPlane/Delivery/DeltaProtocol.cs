using System.Buffers;
using System.Collections.Immutable;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Delivery;

/// <summary>Delta: a response holds what changed and what is gone.</summary>
internal sealed class DeltaProtocol : IStreamProtocol<Pb.DeltaDiscoveryRequest, DeltaResponse>
{
    public static readonly DeltaProtocol Instance = new();

    public string Name => "delta";

    public string TypeUrlOf(Pb.DeltaDiscoveryRequest request) => request.TypeUrl;

    public Pb.Node? NodeOf(Pb.DeltaDiscoveryRequest request) => request.Node;

    public IEnumerable<string> NamesOf(Pb.DeltaDiscoveryRequest request) =>
        request.ResourceNamesSubscribe.Concat(request.InitialResourceVersions.Keys);

    public ISubscription<Pb.DeltaDiscoveryRequest, DeltaResponse> Subscribe(string typeUrl, DiscoveryOptions options) =>
        new DeltaSubscription(typeUrl, options);

    public ImmutableArray<XdsResource> ResourcesOf(DeltaResponse response) => response.Resources;

    public string VersionOf(DeltaResponse response) => response.SystemVersion;

    public ReadOnlySequence<byte> ToSequence(DeltaResponse response) => response.ToSequence();
}
