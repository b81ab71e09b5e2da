using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Config;
using Mesh.ControlPlane.Delivery;
using Mesh.ControlPlane.Identity;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Status;
using Mesh.Listening;
using Mesh.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mesh.ControlPlane;

/// <summary>What operators ask the control plane: whether it is ready, what it knows, who has what, and numbers.</summary>
/// <param name="ending">Cancelled once this replica is to be asked no more.</param>
internal sealed class MonitoringEndpoints(
    MeshStore store,
    SyncStatusStore status,
    MetricRegistry registry,
    CertificateAuthority? authority,
    CancellationToken ending
)
{
    private const string Json = "application/json; charset=utf-8";

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Questions have no body, and answers are taken at once.</summary>
    public static RequestDelegate Limit(RequestDelegate next) =>
        http =>
        {
            PortLimits.Apply(http.Features, mostBytes: 0);
            return next(http);
        };

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/ready", Ready);
        endpoints.MapGet("/metrics", Metrics);
        endpoints.MapGet("/debug/syncz", SyncStatus);
        endpoints.MapGet("/debug/config", Config);
        endpoints.MapGet("/debug/refused", Refused);
        if (authority is not null)
        {
            endpoints.MapGet("/debug/authority", http => Authority(http, authority));
        }
    }

    private Task Ready(HttpContext http)
    {
        if (store.Current is not null && !ending.IsCancellationRequested)
        {
            return http.Response.WriteAsync("ready\n");
        }

        http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return http.Response.WriteAsync(
            store.Current is null ? "not ready: the configuration was not read completely yet\n" : "not ready: this replica ends\n"
        );
    }

    private async Task Metrics(HttpContext http)
    {
        http.Response.ContentType = MetricRegistry.ContentType;
        registry.WriteTo(http.Response.BodyWriter);
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }

    private async Task SyncStatus(HttpContext http)
    {
        http.Response.ContentType = Json;
        status.WriteJson(http.Response.BodyWriter);
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }

    private Task Refused(HttpContext http)
    {
        http.Response.ContentType = Json;
        return http.Response.WriteAsync(RefusedPage.Write(store.Current).ToJsonString(Indented) + "\n", http.RequestAborted);
    }

    private Task Authority(HttpContext http, CertificateAuthority known)
    {
        http.Response.ContentType = Json;
        return http.Response.WriteAsync(AuthorityPage.Write(known, status.Clients).ToJsonString(Indented) + "\n", http.RequestAborted);
    }

    private Task Config(HttpContext http)
    {
        http.Response.ContentType = Json;
        var state = store.Current;
        var tree = new JsonObject
        {
            ["number"] = state?.Number ?? 0,
            ["diagnostics"] = new JsonArray([.. (state?.Diagnostics ?? []).Select(Describe)]),
            ["objects"] = new JsonArray([.. (state?.Objects.All ?? []).Select(Describe)]),
            ["snapshot"] = state is null ? null : SnapshotDump.ToJson(state.Snapshot),
        };
        return http.Response.WriteAsync(tree.ToJsonString(Indented) + "\n", http.RequestAborted);
    }

    private static JsonObject Describe(ConfigObject item) =>
        new()
        {
            ["kind"] = item.Key.Kind,
            ["apiVersion"] = item.ApiVersion,
            ["namespace"] = item.Key.Namespace,
            ["name"] = item.Key.Name,
            ["file"] = item.Location.File,
            ["line"] = item.Location.Line,
        };

    private static JsonObject Describe(Diagnostic diagnostic) =>
        new()
        {
            ["severity"] = diagnostic.Severity.ToString(),
            ["code"] = diagnostic.Code,
            ["object"] = diagnostic.Object?.ToString(),
            ["path"] = diagnostic.Path,
            ["message"] = diagnostic.Message,
            ["file"] = diagnostic.Location.File,
            ["line"] = diagnostic.Location.Line,
        };
}
