using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Mesh.ApiServerDouble;

/// <summary>Asks validating webhooks that are configured by URL, as the API server does: over TLS that their <c>caBundle</c> vouches for.</summary>
internal static class Admission
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task AskAsync(
        ApiServer server,
        HttpContext context,
        string operation,
        ServedKind kind,
        string? ns,
        JsonObject? now,
        JsonObject? old
    )
    {
        var served = ServedKind.All.First(one => one.Kind == "ValidatingWebhookConfiguration");
        foreach (var (_, configuration) in server.Store.List(served, null).Items)
        {
            foreach (var webhook in (configuration["webhooks"] as JsonArray ?? []).OfType<JsonObject>())
            {
                if (webhook["clientConfig"]?["url"] is { } url && Applies(webhook, operation, kind))
                {
                    await AskAsync(context, webhook, new Uri((string)url!), Review(operation, kind, ns, now, old));
                }
            }
        }
    }

    private static bool Applies(JsonObject webhook, string operation, ServedKind kind) =>
        (webhook["rules"] as JsonArray ?? []).Any(rule =>
            Lists(rule, "operations", operation) && Lists(rule, "apiGroups", kind.Group) && Lists(rule, "resources", kind.Plural)
        );

    private static bool Lists(JsonNode? rule, string field, string value) =>
        rule?[field] is JsonArray values && values.Any(one => (string?)one == "*" || (string?)one == value);

    private static JsonObject Review(string operation, ServedKind kind, string? ns, JsonObject? now, JsonObject? old) =>
        new()
        {
            ["apiVersion"] = "admission.k8s.io/v1",
            ["kind"] = "AdmissionReview",
            ["request"] = new JsonObject
            {
                ["uid"] = Guid.NewGuid().ToString(),
                ["kind"] = new JsonObject
                {
                    ["group"] = kind.Group,
                    ["version"] = kind.Version,
                    ["kind"] = kind.Kind,
                },
                ["resource"] = new JsonObject
                {
                    ["group"] = kind.Group,
                    ["version"] = kind.Version,
                    ["resource"] = kind.Plural,
                },
                ["name"] = (now ?? old)?["metadata"]?["name"]?.DeepClone(),
                ["namespace"] = ns,
                ["operation"] = operation,
                ["userInfo"] = new JsonObject { ["username"] = "kubernetes-admin" },
                ["object"] = now?.DeepClone(),
                ["oldObject"] = old?.DeepClone(),
                ["dryRun"] = false,
            },
        };

    private static async Task AskAsync(HttpContext context, JsonObject webhook, Uri url, JsonObject review)
    {
        JsonObject answer;
        try
        {
            using var client = new HttpClient(new SocketsHttpHandler { SslOptions = Trust(webhook) }) { Timeout = Patience };
            using var response = await client.PostAsJsonAsync(url, review, context.RequestAborted);
            response.EnsureSuccessStatusCode();
            answer = (JsonObject)(await response.Content.ReadFromJsonAsync<JsonObject>(context.RequestAborted))!["response"]!;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or System.Security.Cryptography.CryptographicException)
        {
            if ((string?)webhook["failurePolicy"] == "Ignore")
            {
                return;
            }

            throw new ApiError(500, "InternalError", $"Internal error occurred: failed calling webhook \"{webhook["name"]}\": {e.Message}");
        }

        if ((string?)answer["uid"] != (string?)review["request"]!["uid"])
        {
            throw new ApiError(500, "InternalError", "Internal error occurred: the webhook answered another review");
        }

        foreach (var warning in answer["warnings"] as JsonArray ?? [])
        {
            // RFC 7234 5.5, which takes no raw text beyond ASCII.
            var text = ((string)warning!).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
            context.Response.Headers.Append("Warning", $"299 - \"{new string([.. text.Select(c => char.IsAscii(c) ? c : '?')])}\"");
        }

        if (!(bool)answer["allowed"]!)
        {
            throw new ApiError(
                (int?)answer["status"]?["code"] ?? 403,
                (string?)answer["status"]?["reason"] ?? "Forbidden",
                $"admission webhook \"{webhook["name"]}\" denied the request: {answer["status"]?["message"]}"
            );
        }
    }

    private static SslClientAuthenticationOptions Trust(JsonObject webhook)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPem(
            Encoding.UTF8.GetString(Convert.FromBase64String((string?)webhook["clientConfig"]!["caBundle"] ?? ""))
        );
        return new() { CertificateChainPolicy = policy };
    }
}
