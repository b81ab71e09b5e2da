using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Mesh.ApiServerDouble;

/// <summary>One request, from its path to its answer.</summary>
internal sealed class ApiRequest(ApiServer server, HttpContext context, CancellationToken stopping)
{
    private string _apiVersion = "";

    public async Task AnswerAsync()
    {
        var parts = context.Request.Path.Value!.Trim('/').Split('/').Select(Uri.UnescapeDataString).ToArray();
        if (Discovery.Answer(parts, server.Absent.Keys, server.MinorVersion) is { } found)
        {
            await ApiServer.WriteAsync(context, found);
            return;
        }

        if (parts is ["apis", "authentication.k8s.io", "v1", "tokenreviews"] && context.Request.Method == "POST")
        {
            server.Authorize(new("create", "authentication.k8s.io", "tokenreviews", null, null));
            context.Response.StatusCode = 201;
            await ApiServer.WriteAsync(context, ServiceAccountToken.Review(server, await BodyAsync()));
            return;
        }

        if (parts is ["apis", "authorization.k8s.io", "v1", "selfsubjectaccessreviews"] && context.Request.Method == "POST")
        {
            var review = await BodyAsync();
            review["status"] = new JsonObject
            {
                ["allowed"] = !server.Forbidden.Contains((string)review["spec"]!["resourceAttributes"]!["resource"]!),
            };
            context.Response.StatusCode = 201;
            await ApiServer.WriteAsync(context, review);
            return;
        }

        var (kind, ns, name, subresource) = Parse(parts);
        _apiVersion = kind.Group.Length == 0 ? parts[1] : $"{kind.Group}/{parts[2]}";
        server.Authorize(AccessAttempt.Of(context.Request, kind, ns, name, subresource));
        if (server.Absent.ContainsKey(kind.Plural) || !kind.Versions(server.MinorVersion).Contains(_apiVersion.Split('/')[^1]))
        {
            throw Missing();
        }

        var method = context.Request.Method;
        if (name is null)
        {
            await (
                method == "POST" ? CreateAsync(kind, ns)
                : method != "GET"
                    ? throw new ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
                : context.Request.Query["watch"].ToString() is "1" or "true" ? WatchAsync(kind, ns)
                : ListAsync(kind, ns)
            );
            return;
        }

        var answer = method switch
        {
            "GET" => server.Store.Find(kind, ns, name) ?? throw ApiError.NotFound(kind, name),
            "DELETE" => await DeleteAsync(kind, ns, name),
            "PUT" => await BodyAsync() is var body
                ? await UpdateAsync(kind, ns, name, subresource, _ => (JsonObject)body.DeepClone())
                : null!,
            "PATCH" => await PatchAsync(kind, ns, name, subresource),
            _ => throw new ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource"),
        };
        await ApiServer.WriteAsync(context, Served(answer));
    }

    // Stored in one version, told in the one that is asked for.
    private JsonObject Served(JsonObject value)
    {
        value["apiVersion"] = _apiVersion;
        return value;
    }

    private static (ServedKind Kind, string? Namespace, string? Name, string? Subresource) Parse(string[] parts)
    {
        var rest = parts;
        string group;
        if (rest is ["api", _, ..])
        {
            (group, rest) = ("", rest[2..]);
        }
        else if (rest is ["apis", var given, _, ..])
        {
            (group, rest) = (given, rest[3..]);
        }
        else
        {
            throw Missing();
        }

        string? ns = null;
        if (rest is ["namespaces", var named, _, ..] && rest.Length >= 3 && rest[2] is not ("status" or "finalize"))
        {
            (ns, rest) = (named, rest[2..]);
        }

        var plural = rest.Length > 0 ? rest[0] : "";
        var kind = ServedKind.All.FirstOrDefault(served => served.Group == group && served.Plural == plural) ?? throw Missing();
        return (kind, ns, rest.Length > 1 ? rest[1] : null, rest.Length > 2 ? rest[2] : null);
    }

    // Nobody answers for a group or version that is not served, and for no custom kind before its definition: that answer is no Status.
    private static ApiError Missing() => new(404, "", "404 page not found");

    private async Task<JsonObject> BodyAsync()
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        try
        {
            return (JsonObject)JsonNode.Parse(body.ToArray())!;
        }
        catch (Exception e) when (e is JsonException or InvalidCastException or NullReferenceException)
        {
            throw new ApiError(400, "BadRequest", "the object provided is unrecognized");
        }
    }

    private async Task CreateAsync(ServedKind kind, string? ns)
    {
        var body = await BodyAsync();
        var created = await CreateAsync(kind, ns, body);
        context.Response.StatusCode = 201;
        await ApiServer.WriteAsync(context, Served(created));
    }

    private async Task<JsonObject> CreateAsync(ServedKind kind, string? ns, JsonObject body)
    {
        body = await Admission.MutateAsync(server, context, kind, ns, Prepared(kind, ns, body));
        CustomSchema.Check(server.Store, kind, (string?)body["metadata"]?["name"] ?? "", body);
        await Admission.AskAsync(server, context, "CREATE", kind, ns, body, null);
        return server.Store.Create(kind, ns, body);
    }

    // As the webhook sees it: with its kind and namespace.
    private static JsonObject Prepared(ServedKind kind, string? ns, JsonObject body)
    {
        var seen = (JsonObject)body.DeepClone();
        seen["apiVersion"] ??= kind.ApiVersion;
        seen["kind"] ??= kind.Kind;
        if (kind.Namespaced && seen["metadata"] is JsonObject metadata)
        {
            metadata["namespace"] = ns;
        }

        return seen;
    }

    private async Task<JsonObject> DeleteAsync(ServedKind kind, string? ns, string name)
    {
        if (server.Store.Find(kind, ns, name) is { } old)
        {
            await Admission.AskAsync(server, context, "DELETE", kind, ns, null, old);
        }

        return server.Store.Delete(kind, ns, name);
    }

    private async Task<JsonObject> UpdateAsync(
        ServedKind kind,
        string? ns,
        string name,
        string? subresource,
        Func<JsonObject, JsonObject> change
    )
    {
        if (subresource is null && server.Store.Find(kind, ns, name) is { } old)
        {
            var changed = change((JsonObject)old.DeepClone());
            CustomSchema.Check(server.Store, kind, name, changed);
            await Admission.AskAsync(server, context, "UPDATE", kind, ns, Prepared(kind, ns, changed), old);
        }

        return server.Store.Update(kind, ns, name, subresource == "status", change);
    }

    private async Task<JsonObject> PatchAsync(ServedKind kind, string? ns, string name, string? subresource)
    {
        var type = context.Request.ContentType?.Split(';')[0];
        var patch = await BodyAsync();
        switch (type)
        {
            case "application/merge-patch+json":
                return await UpdateAsync(kind, ns, name, subresource, old => (JsonObject)MergePatch.Apply(old, patch)!);
            case "application/apply-patch+yaml":
                return await ApplyAsync(kind, ns, name, subresource, patch);
            default:
                throw new ApiError(415, "UnsupportedMediaType", $"the body of the request was in an unknown format: {type}");
        }
    }

    private async Task<JsonObject> ApplyAsync(ServedKind kind, string? ns, string name, string? subresource, JsonObject patch)
    {
        if (context.Request.Query["fieldManager"].ToString() is not { Length: > 0 } manager)
        {
            throw new ApiError(400, "BadRequest", "fieldManager is required for apply patch");
        }

        TypedPatch.Check(kind, patch, server.MinorVersion);
        JsonObject stored;
        if (server.Store.Find(kind, ns, name) is not null)
        {
            stored = await UpdateAsync(kind, ns, name, subresource, old => server.Applied.Merge(old, patch, $"{manager} {subresource}"));
        }
        else if (subresource is null)
        {
            server.Authorize(new("create", kind.Group, kind.Plural, ns, name));
            stored = await CreateAsync(kind, ns, patch);
            context.Response.StatusCode = 201;
        }
        else
        {
            throw ApiError.NotFound(kind, name);
        }

        server.Applied.Keep(stored, patch, $"{manager} {subresource}");
        return stored;
    }

    private async Task ListAsync(ServedKind kind, string? ns)
    {
        var (version, items) = server.Store.List(kind, ns);
        var query = context.Request.Query;
        var selected = items.Where(item => Selector.Matches(item.Object, query)).ToList();
        string? continuation = null;
        if (query["continue"].ToString() is { Length: > 0 } token)
        {
            var parts = token.Split('|', 2);
            version = long.Parse(parts[0], CultureInfo.InvariantCulture);
            if (server.Store.IsCompacted(version))
            {
                throw new ApiError(410, "Expired", "The provided continue parameter is too old");
            }

            selected = [.. selected.Where(item => string.CompareOrdinal(item.Key, parts[1]) > 0)];
        }

        if (int.TryParse(query["limit"], out var limit) && limit > 0 && selected.Count > limit)
        {
            selected = selected[..limit];
            continuation = $"{version}|{selected[^1].Key}";
        }

        var metadata = new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture) };
        if (continuation is not null)
        {
            metadata["continue"] = continuation;
        }

        await ApiServer.WriteAsync(
            context,
            new JsonObject
            {
                ["kind"] = kind.Kind + "List",
                ["apiVersion"] = _apiVersion,
                ["metadata"] = metadata,
                ["items"] = new JsonArray([.. selected.Select(item => Bare(kind, Served(item.Object)))]),
            }
        );
    }

    private static JsonObject Bare(ServedKind kind, JsonObject item)
    {
        if (kind.IsBuiltIn)
        {
            item.Remove("kind");
            item.Remove("apiVersion");
        }

        return item;
    }

    private async Task WatchAsync(ServedKind kind, string? ns)
    {
        var query = context.Request.Query;
        var version = long.TryParse(query["resourceVersion"], out var given) ? given : server.Store.Version;
        var until = int.TryParse(query["timeoutSeconds"], out var seconds) ? TimeSpan.FromSeconds(seconds) : TimeSpan.FromMinutes(30);
        if (server.Store.IsCompacted(version) && !server.Faults.GoneAsEvent)
        {
            throw ApiError.Expired();
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        using var timer = server.Time.CreateTimer(_ => limit.Cancel(), null, until, Timeout.InfiniteTimeSpan);
        context.Response.ContentType = "application/json";
        await context.Response.StartAsync(limit.Token);
        await context.Response.Body.FlushAsync(limit.Token);
        server.WatchBegan();
        try
        {
            if (server.Store.IsCompacted(version))
            {
                throw ApiError.Expired();
            }

            await FollowAsync(kind, ns, version, limit.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            // Its time is up, which is an ordinary end.
        }
        catch (ApiError error)
        {
            await WriteEventAsync("ERROR", error.ToJson(), limit.Token);
        }
        finally
        {
            server.WatchEnded();
        }
    }

    private async Task FollowAsync(ServedKind kind, string? ns, long version, CancellationToken cancellation)
    {
        var written = 0;
        while (true)
        {
            var (events, now, changed) = server.Store.Since(kind, ns, version);
            foreach (var seen in events)
            {
                if (seen.TypeFor(item => Selector.Matches(item, context.Request.Query)) is not { } type)
                {
                    continue;
                }

                if (server.Faults.BreakAfterEvents > 0 && written == server.Faults.BreakAfterEvents)
                {
                    server.Faults.BreakAfterEvents = 0;
                    await context.Response.WriteAsync("{\"type\":\"ADDED\",\"obj", cancellation);
                    await context.Response.Body.FlushAsync(cancellation);
                    context.Abort();
                    return;
                }

                await WriteEventAsync(type, Served((JsonObject)seen.Object.DeepClone()), cancellation);
                if (++written == server.Faults.EventsPerWatch)
                {
                    return;
                }
            }

            version = now;
            using var bookmark = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var pause = Task.Delay(server.Faults.BookmarkEvery, server.Time, bookmark.Token);
            if (await Task.WhenAny(changed, pause) == pause)
            {
                cancellation.ThrowIfCancellationRequested();
                await WriteEventAsync(
                    "BOOKMARK",
                    new JsonObject
                    {
                        ["kind"] = kind.Kind,
                        ["apiVersion"] = _apiVersion,
                        ["metadata"] = new JsonObject
                        {
                            ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture),
                            ["creationTimestamp"] = null,
                        },
                    },
                    cancellation
                );
            }

            await bookmark.CancelAsync();
        }
    }

    private async Task WriteEventAsync(string type, JsonObject value, CancellationToken cancellation)
    {
        var line = new JsonObject { ["type"] = type, ["object"] = value }.ToJsonString() + "\n";
        var bytes = Encoding.UTF8.GetBytes(line);
        var half = server.Faults.SplitEvents > TimeSpan.Zero ? bytes.Length / 2 : bytes.Length;
        await context.Response.Body.WriteAsync(bytes.AsMemory(0, half), cancellation);
        await context.Response.Body.FlushAsync(cancellation);
        if (half < bytes.Length)
        {
            await Task.Delay(server.Faults.SplitEvents, server.Time, cancellation);
            await context.Response.Body.WriteAsync(bytes.AsMemory(half), cancellation);
            await context.Response.Body.FlushAsync(cancellation);
        }
    }
}
