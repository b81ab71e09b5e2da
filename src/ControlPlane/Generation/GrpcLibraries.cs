using System.Globalization;
using Mesh.ControlPlane.Delivery;

namespace Mesh.ControlPlane.Generation;

/// <summary>What versions of gRPC libraries cannot be given, though they accept it.</summary>
internal static class GrpcLibraries
{
    private const string CoreAgent = "gRPC C-core";
    private const string CoreVersion = "C-core ";

    // Core 28 to 30 (gRPC 1.50 to 1.52, such as Debian 12's) crash at the first call under ring hash: grpc/grpc#31766, mended by #32012.
    private const int FirstCrashing = 28;
    private const int LastCrashing = 30;

    /// <summary>False where RING_HASH would end the client's process.</summary>
    public static bool CanRingHash(NodeInfo node)
    {
        if (!node.UserAgentName.StartsWith(CoreAgent, StringComparison.Ordinal))
        {
            return true;
        }

        var version = node.UserAgentVersion.StartsWith(CoreVersion, StringComparison.Ordinal)
            ? node.UserAgentVersion[CoreVersion.Length..]
            : node.UserAgentVersion;
        // Who does not say its version may be one of them.
        return int.TryParse(version.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var core)
            && core is < FirstCrashing or > LastCrashing;
    }
}
