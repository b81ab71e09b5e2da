using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Mesh.Kubernetes.Access;

namespace Mesh.Kubernetes;

/// <summary>
/// Asks one API server: get, list in pages, watch, create, patch, apply, delete. JSON only; it keeps nothing, retries nothing but an expired
/// credential once, and knows no kind. Whoever needs a copy that follows uses a <see cref="Watching.ResourceWatcher"/>.
/// </summary>
public sealed class KubernetesClient : IDisposable
{
    /// <summary>How long one answer may take, watches aside.</summary>
    public static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Objects per page of a list, as kubectl asks for.</summary>
    public const int PageSize = 500;

    private const string Json = "application/json";

    private readonly ClusterAccess _access;
    private readonly ApiTransport _transport;

    /// <param name="access">From <see cref="KubeConfig"/> or <see cref="InCluster"/>.</param>
    /// <param name="userAgent">What the server's logs call us: <c>name/version</c>.</param>
    public KubernetesClient(ClusterAccess access, string userAgent)
    {
        _access = access;
        UserAgent = userAgent;
        _transport = new(access);
    }

    private string UserAgent { get; }

    /// <summary>One object, or null where there is none of that name.</summary>
    /// <exception cref="ApiException">The server refused.</exception>
    public async Task<KubernetesObject?> GetAsync(ApiResource resource, string? ns, string name, CancellationToken cancellation = default)
    {
        try
        {
            return await ExchangeAsync(HttpMethod.Get, resource.ObjectPath(ns, name), null, Json, resource, cancellation);
        }
        catch (ApiException e) when (e.Status.Code == 404)
        {
            return null;
        }
    }

    /// <summary>One page of a list.</summary>
    /// <param name="continuation">Of the page before; null for the first.</param>
    /// <exception cref="ApiException">The server refused; <see cref="ApiStatus.IsGone"/> where the continuation is too old.</exception>
    public async Task<ListPage> ListAsync(
        ApiResource resource,
        string? ns,
        ListOptions options,
        string? continuation,
        CancellationToken cancellation = default
    )
    {
        var query = $"?limit={PageSize}{options.Query}{(continuation is null ? "" : "&continue=" + Uri.EscapeDataString(continuation))}";
        using var limit = Limit(cancellation);
        using var response = await SendAsync(HttpMethod.Get, resource.CollectionPath(ns) + query, null, Json, limit.Token);
        return ListPage.Read(await response.Content.ReadAsByteArrayAsync(limit.Token), resource);
    }

    /// <summary>Opens a watch behind a version; the caller reads it to its end and disposes it.</summary>
    /// <param name="timeout">After so long the server ends the watch in order.</param>
    /// <exception cref="ApiException">The server refused; <see cref="ApiStatus.IsGone"/> where the version is too old.</exception>
    public async Task<WatchStream> WatchAsync(
        ApiResource resource,
        string? ns,
        ListOptions options,
        string resourceVersion,
        TimeSpan timeout,
        CancellationToken cancellation = default
    )
    {
        var query =
            $"?watch=1&allowWatchBookmarks=true&timeoutSeconds={(int)timeout.TotalSeconds}{options.Query}"
            + $"&resourceVersion={Uri.EscapeDataString(resourceVersion)}";
        // The head comes at once, however quiet the watch is.
        using var limit = Limit(cancellation);
        var response = await SendAsync(HttpMethod.Get, resource.CollectionPath(ns) + query, null, Json, limit.Token);
        try
        {
            return new WatchStream(response, await response.Content.ReadAsStreamAsync(cancellation), resource);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>Creates an object; 409 AlreadyExists where there is one of that name.</summary>
    /// <exception cref="ApiException">The server refused.</exception>
    public Task<KubernetesObject> CreateAsync(
        ApiResource resource,
        string? ns,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellation = default
    ) => ExchangeAsync(HttpMethod.Post, resource.CollectionPath(ns), body, Json, resource, cancellation);

    /// <summary>Replaces an object; 409 Conflict where the body's resourceVersion is not the present one.</summary>
    /// <exception cref="ApiException">The server refused.</exception>
    public Task<KubernetesObject> ReplaceAsync(
        ApiResource resource,
        string? ns,
        string name,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellation = default
    ) => ExchangeAsync(HttpMethod.Put, resource.ObjectPath(ns, name), body, Json, resource, cancellation);

    /// <summary>Changes what the patch names (RFC 7396). With a resourceVersion in it, 409 Conflict where that is not the present one.</summary>
    /// <param name="subresource"><c>status</c>, or null for the object itself.</param>
    /// <exception cref="ApiException">The server refused.</exception>
    public Task<KubernetesObject> MergePatchAsync(
        ApiResource resource,
        string? ns,
        string name,
        ReadOnlyMemory<byte> patch,
        string? subresource = null,
        CancellationToken cancellation = default
    ) =>
        ExchangeAsync(
            HttpMethod.Patch,
            resource.ObjectPath(ns, name, subresource),
            patch,
            "application/merge-patch+json",
            resource,
            cancellation
        );

    /// <summary>Server-side apply: the object gets the fields of the body, and this manager owns them.</summary>
    /// <param name="manager">Field manager.</param>
    /// <param name="force">Takes fields over from other managers instead of answering 409.</param>
    /// <param name="subresource"><c>status</c>, or null for the object itself.</param>
    /// <exception cref="ApiException">The server refused.</exception>
    public Task<KubernetesObject> ApplyAsync(
        ApiResource resource,
        string? ns,
        string name,
        ReadOnlyMemory<byte> body,
        string manager,
        bool force,
        string? subresource = null,
        CancellationToken cancellation = default
    ) =>
        ExchangeAsync(
            HttpMethod.Patch,
            $"{resource.ObjectPath(ns, name, subresource)}?fieldManager={Uri.EscapeDataString(manager)}&force={(force ? "true" : "false")}",
            body,
            "application/apply-patch+yaml",
            resource,
            cancellation
        );

    /// <summary>Deletes an object; false where there is none of that name.</summary>
    /// <exception cref="ApiException">The server refused.</exception>
    public async Task<bool> DeleteAsync(ApiResource resource, string? ns, string name, CancellationToken cancellation = default)
    {
        try
        {
            using var limit = Limit(cancellation);
            using var _ = await SendAsync(HttpMethod.Delete, resource.ObjectPath(ns, name), null, Json, limit.Token);
            return true;
        }
        catch (ApiException e) when (e.Status.Code == 404)
        {
            return false;
        }
    }

    /// <summary>Any path that gives JSON which is no object of a kind: <c>version</c>, reviews of tokens, …</summary>
    /// <exception cref="ApiException">The server refused.</exception>
    public async Task<JsonDocument> CallAsync(
        HttpMethod method,
        string path,
        ReadOnlyMemory<byte>? body,
        CancellationToken cancellation = default
    )
    {
        using var limit = Limit(cancellation);
        using var response = await SendAsync(method, path, body, Json, limit.Token);
        return await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(limit.Token), default, limit.Token);
    }

    /// <summary>
    /// Whether an exception of these calls means that the server could not be asked or refused, rather than that the caller is wrong or was told to
    /// end. That there was no answer in time looks like a cancellation, too.
    /// </summary>
    /// <param name="cancellation">What the caller gave to the call; none where an end counts as a failure, too.</param>
    public static bool IsFailure(Exception e, CancellationToken cancellation) =>
        e is ApiException or HttpRequestException or IOException or JsonException or KubeConfigException
        || (e is OperationCanceledException && !cancellation.IsCancellationRequested);

    /// <inheritdoc/>
    public void Dispose() => _transport.Dispose();

    private async Task<KubernetesObject> ExchangeAsync(
        HttpMethod method,
        string path,
        ReadOnlyMemory<byte>? body,
        string mediaType,
        ApiResource resource,
        CancellationToken cancellation
    )
    {
        using var limit = Limit(cancellation);
        using var response = await SendAsync(method, path, body, mediaType, limit.Token);
        return KubernetesObject.Read(await response.Content.ReadAsByteArrayAsync(limit.Token), resource);
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        ReadOnlyMemory<byte>? body,
        string mediaType,
        CancellationToken cancellation
    )
    {
        for (var refused = false; ; refused = true)
        {
            var response = await SendOnceAsync(method, path, body, mediaType, cancellation);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            using (response)
            {
                if (response.StatusCode == HttpStatusCode.Unauthorized && !refused)
                {
                    // The token may just have been renewed.
                    _access.Credentials.Refused();
                    continue;
                }

                var answer = await response.Content.ReadAsByteArrayAsync(cancellation);
                throw new ApiException(
                    $"{method} {path.Split('?')[0]}",
                    ApiStatus.Read((int)response.StatusCode, answer, response.Headers.RetryAfter?.Delta)
                );
            }
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(
        HttpMethod method,
        string path,
        ReadOnlyMemory<byte>? body,
        string mediaType,
        CancellationToken cancellation
    )
    {
        var credential = await _access.Credentials.GetAsync(cancellation);
        return await _transport.SendAsync(() => Request(method, path, body, mediaType, credential), credential.Certificate, cancellation);
    }

    private HttpRequestMessage Request(HttpMethod method, string path, ReadOnlyMemory<byte>? body, string mediaType, Credential credential)
    {
        var request = new HttpRequestMessage(method, new Uri(_access.Server, path));
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        request.Headers.TryAddWithoutValidation("Accept", Json);
        if (credential.Authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", credential.Authorization);
        }

        foreach (var (name, value) in _access.Impersonation)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (body is { } bytes)
        {
            request.Content = new ReadOnlyMemoryContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } };
        }

        return request;
    }

    private static CancellationTokenSource Limit(CancellationToken cancellation)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(RequestTimeout);
        return limit;
    }
}
