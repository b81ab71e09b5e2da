using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.ApiServerDouble;

/// <summary>
/// The part of a Kubernetes API server that clients see, over real HTTP on a free loopback port: CRUD, lists in pages, chunked watches with
/// bookmarks and 410, merge patch, server-side apply, status, tokens.
/// </summary>
public sealed class ApiServer : IAsyncDisposable
{
    // Custom resources may nest deeper than what .NET writes by default.
    private static readonly JsonSerializerOptions Deep = new() { MaxDepth = 1000 };

    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stopping = new();
    private int _watches;

    private ApiServer(WebApplication app, TimeProvider time)
    {
        _app = app;
        Time = time;
        Store = new ObjectStore(time);
    }

    public ObjectStore Store { get; }

    public Faults Faults { get; } = new();

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>The version that it says it is: 1 and this.</summary>
    public int MinorVersion { get; set; } = 32;

    /// <summary>Tokens that are let in; empty lets everybody in.</summary>
    public HashSet<string> Tokens { get; } = [];

    /// <summary>Service-account tokens that TokenReview accepts.</summary>
    public System.Collections.Concurrent.ConcurrentDictionary<string, ServiceAccountToken> ServiceAccountTokens { get; } = new();

    /// <summary>False for a server from before audiences: it leaves them out of its answers.</summary>
    public bool KnowsAudiences { get; set; } = true;

    /// <summary>Plurals of kinds that the cluster does not have, such as <c>sidecars</c> before its definition is applied.</summary>
    public System.Collections.Concurrent.ConcurrentDictionary<string, bool> Absent { get; } = new();

    /// <summary>Watches that are open at this moment.</summary>
    public int Watches => Volatile.Read(ref _watches);

    /// <summary>Resources, by plural name, that access reviews say nobody may write.</summary>
    public HashSet<string> Forbidden { get; } = [];

    /// <summary>What callers may do; null lets them do everything.</summary>
    public AccessRules? Access { get; set; }

    /// <summary>What callers wanted to do so far.</summary>
    public System.Collections.Concurrent.ConcurrentDictionary<AccessAttempt, bool> Attempts { get; } = new();

    /// <summary>Requests so far, as <c>METHOD path?query</c>.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<string> Requests { get; } = new();

    internal TimeProvider Time { get; }

    internal AppliedFields Applied { get; } = new();

    /// <param name="certificate">Null for cleartext.</param>
    public static async Task<ApiServer> StartAsync(X509Certificate2? certificate = null, TimeProvider? time = null, int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(
                IPAddress.Loopback,
                port,
                listen =>
                {
                    if (certificate is not null)
                    {
                        listen.UseHttps(
                            certificate,
                            https =>
                                https.ClientCertificateMode = Microsoft
                                    .AspNetCore
                                    .Server
                                    .Kestrel
                                    .Https
                                    .ClientCertificateMode
                                    .AllowCertificate
                        );
                    }
                }
            )
        );
        var server = new ApiServer(builder.Build(), time ?? TimeProvider.System);
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync();
        return server;
    }

    /// <summary>Creates or replaces objects, as <c>kubectl apply</c> of JSON would.</summary>
    public void Put(params JsonObject[] objects)
    {
        foreach (var value in objects)
        {
            var kind = KindOf((string)value["apiVersion"]!, (string)value["kind"]!);
            var ns = kind.Namespaced ? (string?)value["metadata"]!["namespace"] ?? "default" : null;
            var name = (string)value["metadata"]!["name"]!;
            if (Store.Find(kind, ns, name) is null)
            {
                Store.Create(kind, ns, value);
            }
            else
            {
                Store.Update(kind, ns, name, status: false, _ => (JsonObject)value.DeepClone());
            }
        }
    }

    /// <summary>Creates or replaces the objects of a YAML text, as <c>kubectl apply</c> would.</summary>
    public void PutYaml(string yaml) => Put([.. YamlObjects.Read(yaml)]);

    /// <summary>An object as it stands; null where there is none.</summary>
    public JsonObject? Find(string apiVersion, string kind, string? ns, string name) => Store.Find(KindOf(apiVersion, kind), ns, name);

    public void Delete(string apiVersion, string kind, string? ns, string name) => Store.Delete(KindOf(apiVersion, kind), ns, name);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _app.DisposeAsync();
        _stopping.Dispose();
    }

    internal static ServedKind KindOf(string apiVersion, string kind) =>
        ServedKind.All.FirstOrDefault(served =>
            served.Kind == kind
            && (
                served.ApiVersion == apiVersion
                || (served.Group.Length > 0 && apiVersion.StartsWith(served.Group + "/", StringComparison.Ordinal))
            )
        ) ?? throw new ApiError(404, "NotFound", $"no kind {kind} in {apiVersion}");

    private async Task AnswerAsync(HttpContext context)
    {
        Requests.Enqueue($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}");
        try
        {
            await Faults.WaitAsync(context.Request.Path.Value!, context.RequestAborted);
            if (Faults.Take(context.Request.Path.Value!) is { } status)
            {
                throw new ApiError(status, status == 429 ? "TooManyRequests" : "InternalError", "asked to fail");
            }

            Authenticate(context.Request);
            await new ApiRequest(this, context, _stopping.Token).AnswerAsync();
        }
        catch (ApiError error) when (!context.Response.HasStarted)
        {
            context.Response.StatusCode = error.Code;
            if (Faults.RetryAfter is { } wait)
            {
                context.Response.Headers.RetryAfter = $"{(int)wait.TotalSeconds}";
            }

            await WriteAsync(context, error.ToJson());
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
    }

    private void Authenticate(HttpRequest request)
    {
        if (Tokens.Count > 0 && !Tokens.Contains(request.Headers.Authorization.ToString()["Bearer ".Length..]))
        {
            throw new ApiError(401, "Unauthorized", "Unauthorized");
        }
    }

    internal static Task WriteAsync(HttpContext context, JsonNode body)
    {
        context.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(context.Response.Body, body, Deep, context.RequestAborted);
    }

    internal void Authorize(AccessAttempt attempt)
    {
        Attempts[attempt] = Access?.Allows(attempt) != false;
        if (!Attempts[attempt])
        {
            throw new ApiError(403, "Forbidden", attempt.ToString());
        }
    }

    internal void WatchBegan() => Interlocked.Increment(ref _watches);

    internal void WatchEnded() => Interlocked.Decrement(ref _watches);
}
