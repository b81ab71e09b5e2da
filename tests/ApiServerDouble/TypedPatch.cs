using System.Text.Json.Nodes;

namespace Mesh.ApiServerDouble;

/// <summary>What server-side apply needs of a built-in kind before it can merge it.</summary>
internal static class TypedPatch
{
    /// <exception cref="ApiError">A server before 1.21 knows no default for the protocol, which is part of a port's key.</exception>
    public static void Check(ServedKind kind, JsonObject patch, int minor)
    {
        if (minor >= 21 || kind.Kind != "Service" || patch["spec"]?["ports"] is not JsonArray ports)
        {
            return;
        }

        var bare = ports.ToList().FindIndex(port => port!["protocol"] is null);
        if (bare >= 0)
        {
            throw new ApiError(
                500,
                "InternalError",
                $"failed to create typed patch object: .spec.ports: element {bare}: associative list with keys has an element that omits key field \"protocol\""
            );
        }
    }
}
