using System.Text.Json.Nodes;

namespace Mesh.ApiServerDouble;

/// <summary>What clients ask before anything else: version, groups, kinds.</summary>
internal static class Discovery
{
    public static JsonObject? Answer(string[] parts, ICollection<string> absent, int minor) =>
        parts switch
        {
            ["version"] => new JsonObject
            {
                ["major"] = "1",
                ["minor"] = $"{minor}",
                ["gitVersion"] = $"v1.{minor}.0",
                ["platform"] = "linux/amd64",
            },
            ["api"] => new JsonObject { ["kind"] = "APIVersions", ["versions"] = new JsonArray("v1") },
            ["apis"] => new JsonObject
            {
                ["kind"] = "APIGroupList",
                ["apiVersion"] = "v1",
                ["groups"] = new JsonArray([.. Groups(absent).Select(group => Group(group, minor))]),
            },
            ["api", "v1"] => Kinds("", "v1", absent),
            ["apis", var group, var version] when Groups(absent).Contains(group) && Versions(group, minor).Contains(version) => Kinds(
                group,
                version,
                absent
            ),
            ["apis", var group] when Groups(absent).Contains(group) => Group(group, minor),
            _ => null,
        };

    // A group is there as long as one of its kinds is.
    private static IEnumerable<string> Groups(ICollection<string> absent) =>
        ServedKind.All.Where(kind => !absent.Contains(kind.Plural)).Select(kind => kind.Group).Where(group => group.Length > 0).Distinct();

    private static IReadOnlyList<string> Versions(string group, int minor) =>
        ServedKind.All.First(kind => kind.Group == group).Versions(minor);

    private static JsonObject Group(string group, int minor) =>
        new()
        {
            ["kind"] = "APIGroup",
            ["apiVersion"] = "v1",
            ["name"] = group,
            ["versions"] = new JsonArray([.. Versions(group, minor).Select(version => Version(group, version))]),
            ["preferredVersion"] = Version(group, Versions(group, minor)[0]),
        };

    private static JsonObject Version(string group, string version) =>
        new() { ["groupVersion"] = $"{group}/{version}", ["version"] = version };

    private static JsonObject Kinds(string group, string version, ICollection<string> absent) =>
        new()
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = group.Length == 0 ? version : $"{group}/{version}",
            ["resources"] = new JsonArray([
                .. ServedKind
                    .All.Where(kind => kind.Group == group && !absent.Contains(kind.Plural))
                    .Select(kind => new JsonObject
                    {
                        ["name"] = kind.Plural,
                        ["singularName"] = kind.Kind.ToLowerInvariant(),
                        ["namespaced"] = kind.Namespaced,
                        ["kind"] = kind.Kind,
                        ["verbs"] = new JsonArray("create", "delete", "get", "list", "patch", "update", "watch"),
                    }),
            ]),
        };
}
