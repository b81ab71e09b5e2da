using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Mesh.ApiServerDouble;

/// <summary>Asks webhooks that are configured by URL, as the API server does: over TLS that their <c>caBundle</c> vouches for.</summary>
internal static class Admission
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>An object that is being created, as mutating webhooks leave it.</summary>
    public static async Task<JsonObject> MutateAsync(ApiServer server, HttpContext context, ServedKind kind, string? ns, JsonObject now)
    {
        foreach (var webhook in Webhooks(server, "MutatingWebhookConfiguration"))
        {
            if (
                WebhookMatch.Applies(server, webhook, "CREATE", kind, ns, now)
                && await AskAsync(context, webhook, Review("CREATE", kind, ns, now, null)) is { } answer
                && (string?)answer["patch"] is { } patch
            )
            {
                now = JsonPatch.Apply(now, (JsonArray)JsonNode.Parse(Convert.FromBase64String(patch))!);
            }
        }

        return now;
    }

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
        foreach (var webhook in Webhooks(server, "ValidatingWebhookConfiguration"))
        {
            if (WebhookMatch.Applies(server, webhook, operation, kind, ns, now ?? old))
            {
                await AskAsync(context, webhook, Review(operation, kind, ns, now, old));
            }
        }
    }

    private static IEnumerable<JsonObject> Webhooks(ApiServer server, string kind) =>
        server
            .Store.List(ServedKind.All.First(one => one.Kind == kind), null)
            .Items.SelectMany(item => (item.Object["webhooks"] as JsonArray ?? []).OfType<JsonObject>())
            .Where(webhook => webhook["clientConfig"]?["url"] is not null);

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

    /// <summary>What the webhook answers; null where it cannot be asked, and need not.</summary>
    private static async Task<JsonObject?> AskAsync(HttpContext context, JsonObject webhook, JsonObject review)
    {
        var url = new Uri((string)webhook["clientConfig"]!["url"]!);
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
                return null;
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
            )
            {
                Details = answer["status"]?["details"],
            };
        }

        return answer;
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
