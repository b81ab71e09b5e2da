using System.Buffers;
using System.Collections.Immutable;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Delivery;

/// <summary>What differs between the two variants of ADS, so that session and service exist once.</summary>
internal interface IStreamProtocol<TRequest, TResponse>
    where TResponse : class
{
    /// <summary>"sotw" or "delta", for the sync status.</summary>
    string Name { get; }

    string TypeUrlOf(TRequest request);

    Pb.Node? NodeOf(TRequest request);

    /// <summary>What the request asks for by name.</summary>
    IEnumerable<string> NamesOf(TRequest request);

    ISubscription<TRequest, TResponse> Subscribe(string typeUrl, DiscoveryOptions options);

    ImmutableArray<XdsResource> ResourcesOf(TResponse response);

    string VersionOf(TResponse response);

    ReadOnlySequence<byte> ToSequence(TResponse response);
}
