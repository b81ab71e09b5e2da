using System.Text.Json.Nodes;

namespace Mesh.Injector.Patching;

/// <summary>
/// Lays what a user wrote into a container named as one of ours over ours, as Istio's custom injection does: users' values win, lists go by key.
/// Merging the result again gives the result.
/// </summary>
internal static class ContainerMerge
{
    // The proxy does not work with others.
    private static readonly HashSet<string> Ours = new(["name", "args", "command", "restartPolicy"], StringComparer.Ordinal);

    public static JsonObject Apply(JsonObject ours, JsonObject? theirs)
    {
        if (theirs is null)
        {
            return ours;
        }

        foreach (var (field, value) in theirs)
        {
            if (value is null || Ours.Contains(field) || (field == "image" && (string?)value == "auto"))
            {
                continue;
            }

            ours[field] = (field, ours[field], value) switch
            {
                ("env", JsonArray mine, JsonArray written) => ByKey(mine, written, "name"),
                ("volumeMounts", JsonArray mine, JsonArray written) => ByKey(mine, written, "mountPath"),
                ("ports", JsonArray mine, JsonArray written) => ByKey(mine, written, "containerPort"),
                ("resources", JsonObject mine, JsonObject written) => Deep(mine, Containers.WithRequests((JsonObject)written.DeepClone())),
                ("securityContext", JsonObject mine, JsonObject written) => Deep(mine, written),
                // A hook does one thing: theirs or ours.
                ("lifecycle", JsonObject mine, JsonObject written) => ByField(mine, written),
                _ => value.DeepClone(),
            };
        }

        return ours;
    }

    private static JsonArray ByKey(JsonArray mine, JsonArray written, string key)
    {
        var merged = (JsonArray)mine.DeepClone();
        foreach (var item in written.OfType<JsonObject>())
        {
            var name = item[key]?.ToString() ?? "";
            var same = merged.OfType<JsonObject>().FirstOrDefault(entry => entry[key]?.ToString() == name);
            if (same is null)
            {
                // What is asked no more must not come back from an earlier injection.
                if (name is not (Names.ProbersVariable or Names.MetricsVariable))
                {
                    merged.Add(item.DeepClone());
                }
            }
            else if (key != "name" || !Names.OwnVariables.Contains(name))
            {
                merged[merged.IndexOf(same)] = item.DeepClone();
            }
        }

        return merged;
    }

    private static JsonObject ByField(JsonObject mine, JsonObject written)
    {
        var merged = (JsonObject)mine.DeepClone();
        foreach (var (field, value) in written)
        {
            merged[field] = value?.DeepClone();
        }

        return merged;
    }

    private static JsonObject Deep(JsonObject mine, JsonObject written)
    {
        var merged = (JsonObject)mine.DeepClone();
        foreach (var (field, value) in written)
        {
            merged[field] = (merged[field], value) switch
            {
                (JsonObject below, JsonObject over) => Deep(below, over),
                _ => value?.DeepClone(),
            };
        }

        return merged;
    }
}
