using System.Text.Json.Nodes;

namespace Mesh.ApiServerDouble;

/// <summary>What clients ask before anything else: version, groups, kinds.</summary>
internal static class Discovery
{
    public static JsonObject? Answer(string[] parts) =>
        parts switch
        {
            ["version"] => new JsonObject
            {
                ["major"] = "1",
                ["minor"] = "32",
                ["gitVersion"] = "v1.32.0",
                ["platform"] = "linux/amd64",
            },
            ["api"] => new JsonObject { ["kind"] = "APIVersions", ["versions"] = new JsonArray("v1") },
            ["apis"] => new JsonObject
            {
                ["kind"] = "APIGroupList",
                ["apiVersion"] = "v1",
                ["groups"] = new JsonArray([.. Groups().Select(Group)]),
            },
            ["api", "v1"] => Kinds(""),
            ["apis", var group, _] when Groups().Contains(group) => Kinds(group),
            ["apis", var group] when Groups().Contains(group) => Group(group),
            _ => null,
        };

    private static IEnumerable<string> Groups() => ServedKind.All.Select(kind => kind.Group).Where(group => group.Length > 0).Distinct();

    private static JsonObject Group(string group) =>
        new()
        {
            ["name"] = group,
            ["versions"] = new JsonArray(new JsonObject { ["groupVersion"] = $"{group}/v1", ["version"] = "v1" }),
            ["preferredVersion"] = new JsonObject { ["groupVersion"] = $"{group}/v1", ["version"] = "v1" },
        };

    private static JsonObject Kinds(string group) =>
        new()
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = group.Length == 0 ? "v1" : $"{group}/v1",
            ["resources"] = new JsonArray([
                .. ServedKind
                    .All.Where(kind => kind.Group == group)
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
