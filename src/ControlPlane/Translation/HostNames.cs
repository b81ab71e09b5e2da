using Mesh.Config;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>How the host names in objects become full names: lower case, no final dot, short names in the namespace of their object.</summary>
internal static class HostNames
{
    /// <summary>The full name; only a name without dots is short (as Istio resolves them).</summary>
    public static string Resolve(string host, string objectNamespace, MeshSettings settings)
    {
        var name = Normalise(host);
        return name.Contains('.', StringComparison.Ordinal) || name.Contains(':', StringComparison.Ordinal) || HostPattern.IsWildcard(name)
            ? name
            : OfService(name, objectNamespace, settings);
    }

    public static string OfService(string name, string serviceNamespace, MeshSettings settings) =>
        $"{name}.{serviceNamespace}.svc.{settings.DnsDomain}";

    public static string Normalise(string host) => host.TrimEnd('.').ToLowerInvariant();

    public static SourceRef Source(ConfigObject item) => Source(item, item.Location);

    public static SourceRef Source(ConfigObject item, SourceLocation location) =>
        new(item.Key.Kind, item.Key.Namespace, item.Key.Name, item.Location.File, location.Line > 0 ? location.Line : item.Location.Line);
}
