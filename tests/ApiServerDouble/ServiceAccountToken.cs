using System.Text.Json.Nodes;

namespace Mesh.ApiServerDouble;

/// <summary>What a service-account token stands for.</summary>
/// <param name="Pod">The pod that it is bound to; null for none.</param>
public sealed record ServiceAccountToken(string Namespace, string ServiceAccount, IReadOnlyList<string> Audiences, string? Pod = null)
{
    /// <summary>Fills in the status of a TokenReview, as the authenticator does: a token for none of the audiences is no token.</summary>
    internal static JsonObject Review(ApiServer server, JsonObject review)
    {
        var asked = review["spec"]?["audiences"]?.AsArray().Select(audience => (string)audience!).ToList() ?? [];
        var known = server.ServiceAccountTokens.GetValueOrDefault((string?)review["spec"]?["token"] ?? "");
        var shared = known?.Audiences.Where(asked.Contains).ToList() ?? [];
        if (known is null || (server.KnowsAudiences && shared.Count == 0))
        {
            review["status"] = new JsonObject { ["error"] = "invalid bearer token" };
            return review;
        }

        var extra = new JsonObject();
        if (known.Pod is not null)
        {
            extra["authentication.kubernetes.io/pod-name"] = new JsonArray(known.Pod);
        }

        var status = new JsonObject
        {
            ["authenticated"] = true,
            ["user"] = new JsonObject
            {
                ["username"] = $"system:serviceaccount:{known.Namespace}:{known.ServiceAccount}",
                ["groups"] = new JsonArray("system:serviceaccounts", $"system:serviceaccounts:{known.Namespace}"),
                ["extra"] = extra,
            },
        };
        if (server.KnowsAudiences)
        {
            status["audiences"] = new JsonArray([.. shared.Select(audience => JsonValue.Create(audience))]);
        }

        review["status"] = status;
        return review;
    }
}
