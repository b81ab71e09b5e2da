using System.Globalization;
using System.Text.Json.Nodes;

namespace Mesh.ApiServerDouble;

/// <summary>What etcd and the registry do: one version for everything, optimistic concurrency, a history that is compacted.</summary>
public sealed class ObjectStore(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, (ServedKind Kind, JsonObject Object)> _objects = new(StringComparer.Ordinal);
    private readonly List<StoredEvent> _history = [];
    private long _version = 1000;
    private long _compacted = 1000;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Version
    {
        get
        {
            lock (_gate)
            {
                return _version;
            }
        }
    }

    /// <summary>Forgets the history: watches and pages of older versions are answered 410.</summary>
    public void Compact()
    {
        lock (_gate)
        {
            _history.Clear();
            _compacted = ++_version;
        }

        Signal();
    }

    public JsonObject? Find(ServedKind kind, string? ns, string name)
    {
        lock (_gate)
        {
            return _objects.TryGetValue(Key(kind, ns, name), out var found) ? Copy(found.Object) : null;
        }
    }

    public JsonObject Create(ServedKind kind, string? ns, JsonObject body)
    {
        lock (_gate)
        {
            var metadata = Metadata(body);
            var name = (string?)metadata["name"] ?? (string?)metadata["generateName"] + Guid.NewGuid().ToString("N")[..5];
            if (_objects.ContainsKey(Key(kind, ns, name)))
            {
                throw new ApiError(409, "AlreadyExists", $"{kind.Plural} \"{name}\" already exists");
            }

            var created = Copy(body);
            metadata = Metadata(created);
            metadata["name"] = name;
            if (kind.Namespaced)
            {
                metadata["namespace"] = ns;
            }

            metadata["uid"] = Guid.NewGuid().ToString();
            metadata["creationTimestamp"] = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            metadata["generation"] = 1L;
            if (kind.Kind == "CustomResourceDefinition")
            {
                created["status"] ??= new JsonObject
                {
                    ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Established", ["status"] = "True" }),
                };
            }

            return Put("ADDED", kind, ns, name, created);
        }
    }

    /// <summary>Changes an object by what <paramref name="change"/> makes of it; metadata that the server owns stays.</summary>
    public JsonObject Update(ServedKind kind, string? ns, string name, bool status, Func<JsonObject, JsonObject> change)
    {
        lock (_gate)
        {
            if (!_objects.TryGetValue(Key(kind, ns, name), out var found))
            {
                throw ApiError.NotFound(kind, name);
            }

            var old = found.Object;
            var changed = change(Copy(old));
            var metadata = Metadata(changed);
            if ((string?)metadata["resourceVersion"] is { } wanted && wanted != (string?)Metadata(old)["resourceVersion"])
            {
                throw ApiError.Conflict(kind, name);
            }

            // The status subresource changes the status alone, and the object itself everything but it.
            if (kind.HasStatus)
            {
                var kept = Copy(status ? changed : old)["status"];
                changed = status ? Copy(old) : changed;
                changed.Remove("status");
                if (kept is not null)
                {
                    changed["status"] = kept.DeepClone();
                }

                metadata = Metadata(changed);
            }

            foreach (var own in new[] { "uid", "creationTimestamp", "name", "namespace", "generation" })
            {
                metadata[own] = Metadata(old)[own]?.DeepClone();
                if (metadata[own] is null)
                {
                    metadata.Remove(own);
                }
            }

            metadata["resourceVersion"] = Metadata(old)["resourceVersion"]!.DeepClone();
            if (JsonNode.DeepEquals(changed, old))
            {
                return Copy(old); // nothing changed: no new version, no event
            }

            if (!JsonNode.DeepEquals(changed["spec"], old["spec"]))
            {
                metadata["generation"] = long.Parse(metadata["generation"]!.ToJsonString(), CultureInfo.InvariantCulture) + 1;
            }

            return Put("MODIFIED", kind, ns, name, changed, old);
        }
    }

    public JsonObject Delete(ServedKind kind, string? ns, string name)
    {
        lock (_gate)
        {
            if (!_objects.Remove(Key(kind, ns, name), out var found))
            {
                throw ApiError.NotFound(kind, name);
            }

            return Record("DELETED", kind, ns, found.Object);
        }
    }

    /// <summary>The objects of a collection in key order, of this moment.</summary>
    internal (long Version, List<(string Key, JsonObject Object)> Items) List(ServedKind kind, string? ns)
    {
        lock (_gate)
        {
            var prefix = Key(kind, ns, "");
            return (
                _version,
                [
                    .. _objects
                        .Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal))
                        .Select(item => (item.Key, Copy(item.Value.Object))),
                ]
            );
        }
    }

    /// <summary>What happened to a collection behind a version, and a task for what happens next.</summary>
    internal (List<StoredEvent> Events, long Version, Task Changed) Since(ServedKind kind, string? ns, long version)
    {
        lock (_gate)
        {
            return (
                [.. _history.Where(seen => seen.Version > version && seen.Kind == kind && (ns is null || seen.Namespace == ns))],
                _version,
                _changed.Task
            );
        }
    }

    internal bool IsCompacted(long version)
    {
        lock (_gate)
        {
            return version < _compacted;
        }
    }

    private static string Key(ServedKind kind, string? ns, string name) =>
        kind.Namespaced && ns is null ? $"{kind.Plural}.{kind.Group}/" : $"{kind.Plural}.{kind.Group}/{ns}/{name}";

    private static JsonObject Metadata(JsonObject of)
    {
        if (of["metadata"] is JsonObject metadata)
        {
            return metadata;
        }

        of["metadata"] = metadata = [];
        return metadata;
    }

    private static JsonObject Copy(JsonObject original) => (JsonObject)original.DeepClone();

    private JsonObject Put(string type, ServedKind kind, string? ns, string name, JsonObject value, JsonObject? before = null)
    {
        value["apiVersion"] = kind.ApiVersion;
        value["kind"] = kind.Kind;
        _objects[Key(kind, ns, name)] = (kind, value);
        return Record(type, kind, ns, value, before);
    }

    private JsonObject Record(string type, ServedKind kind, string? ns, JsonObject value, JsonObject? before = null)
    {
        Metadata(value)["resourceVersion"] = (++_version).ToString(CultureInfo.InvariantCulture);
        _history.Add(new(_version, type, kind, ns, Copy(value), before));
        Signal();
        return Copy(value);
    }

    private void Signal()
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            (changed, _changed) = (_changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.SetResult();
    }
}
