using Google.Protobuf.WellKnownTypes;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>The listener that a gRPC library asks for by the name it dials, byte for byte; it points to the routes of the service port.</summary>
internal static class GrpcListenerGenerator
{
    public static Pb.Listener Generate(string name, string routes) =>
        new()
        {
            Name = name,
            ApiListener = new()
            {
                ApiListener_ = Any.Pack(
                    new Pb.HttpConnectionManager
                    {
                        Rds = new() { ConfigSource = XdsMessages.Ads(), RouteConfigName = routes },
                        HttpFilters = { XdsMessages.Fault(), XdsMessages.Router() },
                    }
                ),
            },
        };
}
