using System.Security.Cryptography;
using Google.Protobuf;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>The routes of one port for sidecars: a virtual host per name that can be dialled there, and one for all that nobody knows.</summary>
internal static class RouteConfigurationGenerator
{
    // What the configuration says where a direct response has a body above Envoy's own limit.
    private const uint BodyLimit = 1 << 20;

    private const int TagSize = 1;

    /// <summary>
    /// Put together from virtual hosts that are serialised already: of thousands of hosts a change touches one, and clients of all namespaces
    /// share the rest. The bytes are those of the whole message.
    /// </summary>
    public static XdsResource Generate(string name, PortPlan plan, Client client, GenerationMemo memo)
    {
        var hosts = VirtualHostGenerator.Generate(name, plan, client, memo);
        var first = new Pb.RouteConfiguration { Name = name };
        var rest = new Pb.RouteConfiguration { ValidateClusters = false };
        if (hosts.Any(host => host.HasLargeBody))
        {
            rest.MaxDirectResponseBodySizeBytes = BodyLimit;
        }

        // Fields are written by number: the name, the hosts, then everything else.
        var size =
            first.CalculateSize() + rest.CalculateSize() + hosts.Sum(host => TagSize + CodedOutputStream.ComputeBytesSize(host.Bytes));
        var body = new byte[size];
        using var output = new CodedOutputStream(body);
        first.WriteTo(output);
        foreach (var host in hosts)
        {
            output.WriteTag(Pb.RouteConfiguration.VirtualHostsFieldNumber, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(host.Bytes);
        }

        rest.WriteTo(output);
        output.CheckNoSpaceLeft();
        return XdsResource.Create(TypeUrls.Route, name, body, VersionOf(first, hosts, rest));
    }

    // Equal bytes have equal parts, so that hashing those anew, megabytes in a large mesh, is not needed.
    private static string VersionOf(Pb.RouteConfiguration first, List<HostPart> hosts, Pb.RouteConfiguration rest)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SHA256.HashData(first.ToByteArray()));
        foreach (var host in hosts)
        {
            hash.AppendData(host.Hash.AsSpan());
        }

        hash.AppendData(SHA256.HashData(rest.ToByteArray()));
        return ContentHash.VersionOf(hash.GetHashAndReset());
    }
}
