using System.Text.Json.Nodes;
using Mesh.Injector.Reading;
using Mesh.Injector.Settings;

namespace Mesh.Injector.Patching;

/// <summary>
/// Which user and group the proxy runs as. The kernel tells its traffic from the applications' by nothing else: with another user than the rules
/// know it would be redirected to itself.
/// </summary>
internal static class ProxyIdentity
{
    /// <param name="pod">With the proxy's container where the user wrote one.</param>
    /// <param name="standard">Of the settings.</param>
    public static (int User, int Group) Of(JsonObject pod, int standard, InterceptionMode mode, List<InjectionProblem> problems)
    {
        var redirects = mode != InterceptionMode.None;
        var spec = pod["spec"] as JsonObject;
        var written = Named(spec?["initContainers"]) ?? Named(spec?["containers"]);
        // With TPROXY the proxy is always root, because only root may take others' addresses.
        var user = mode == InterceptionMode.Tproxy ? 0 : Number(written, "runAsUser");
        var group = Number(written, "runAsGroup");
        if (redirects && user == 0 && group == 0)
        {
            problems.Add(
                new(
                    $"spec.containers[{Names.Proxy}].securityContext",
                    "runs the proxy as user 0 and group 0, from whose traffic its own could not be told; leave one of both out"
                )
            );
        }

        // Root has applications of its own; the other of the two exempts the proxy then.
        return (user is > 0 ? user.Value : standard, group is > 0 ? group.Value : standard);
    }

    private static JsonObject? Named(JsonNode? containers) =>
        (containers as JsonArray)?.OfType<JsonObject>().FirstOrDefault(container => (string?)container["name"] == Names.Proxy);

    private static int? Number(JsonObject? of, string field) => JsonNumber.Whole((of?["securityContext"] as JsonObject)?[field]);
}
