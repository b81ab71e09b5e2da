using System.Buffers;
using System.Collections.Immutable;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Mesh.Xds.Tests;

public sealed class ResponseBytesTests
{
    private static readonly Pb.Cluster Small = new() { Name = "a" };

    // Longer than 128 and 16384 bytes: lengths of one, two and three varint bytes occur.
    private static readonly Pb.Cluster Middle = new() { Name = "b", AltStatName = new string('x', 300) };
    private static readonly Pb.Cluster Large = new() { Name = "ü", AltStatName = new string('y', 40_000) };

    private static ImmutableArray<XdsResource> Resources =>
        [XdsResource.Create("a", Small), XdsResource.Create("b", Middle), XdsResource.Create("ü", Large)];

    [Fact]
    public void A_state_of_the_world_response_is_byte_for_byte_what_the_library_writes()
    {
        var expected = new Pb.DiscoveryResponse
        {
            VersionInfo = "v1",
            TypeUrl = TypeUrls.Cluster,
            Nonce = "7",
            ControlPlane = new Pb.ControlPlane { Identifier = "me" },
            Resources = { Any.Pack(Small), Any.Pack(Middle), Any.Pack(Large) },
            ResourceErrors =
            {
                new Pb.ResourceError
                {
                    ResourceName = new Pb.ResourceName { Name = "gone" },
                    ErrorDetail = new Pb.Status { Code = ResponseError.NotFound, Message = "no such cluster" },
                },
            },
        };

        var response = new SotwResponse(TypeUrls.Cluster, "v1", "7", Resources)
        {
            ControlPlane = "me",
            Errors = [new ResponseError("gone", ResponseError.NotFound, "no such cluster")],
        };

        Assert.Equal(expected.ToByteArray(), response.ToSequence().ToArray());
    }

    [Fact]
    public void An_empty_state_of_the_world_response_is_too()
    {
        var expected = new Pb.DiscoveryResponse { TypeUrl = TypeUrls.Cluster };
        Assert.Equal(expected.ToByteArray(), new SotwResponse(TypeUrls.Cluster, "", "", []).ToSequence().ToArray());
    }

    [Fact]
    public void A_delta_response_is_byte_for_byte_what_the_library_writes()
    {
        var resources = Resources;
        var expected = new Pb.DeltaDiscoveryResponse
        {
            SystemVersionInfo = "v2",
            TypeUrl = TypeUrls.Cluster,
            Nonce = "8",
            ControlPlane = new Pb.ControlPlane { Identifier = "me" },
            RemovedResources = { "x", "y" },
        };
        foreach (var (resource, message) in resources.Zip([Small, Middle, Large]))
        {
            expected.Resources.Add(
                new Pb.Resource
                {
                    Name = resource.Name,
                    Version = resource.Version,
                    Resource_ = Any.Pack(message),
                }
            );
        }

        var response = new DeltaResponse(TypeUrls.Cluster, "v2", "8", resources, ["x", "y"]) { ControlPlane = "me" };

        Assert.Equal(expected.ToByteArray(), response.ToSequence().ToArray());
    }

    [Fact]
    public void Large_resources_are_referred_to_and_not_copied()
    {
        var large = XdsResource.Create("ü", Large);
        var response = new SotwResponse(TypeUrls.Cluster, "v1", "7", [large]);

        var segments = new List<ReadOnlyMemory<byte>>();
        foreach (var segment in response.ToSequence())
        {
            segments.Add(segment);
        }

        Assert.Contains(large.AnyBytes, segments);
    }

    [Fact]
    public void A_response_without_a_single_field_is_an_empty_message() =>
        Assert.True(new DeltaResponse("", "", "", [], []).ToSequence().IsEmpty);
}
