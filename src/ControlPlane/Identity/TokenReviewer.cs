using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Kubernetes;
using Mesh.Startup;

namespace Mesh.ControlPlane.Identity;

/// <summary>Asks the API server whose a Kubernetes service-account token is; only tokens that were made for the mesh's audience count.</summary>
internal sealed class TokenReviewer(KubernetesClient client, string trustDomain, string audience = TokenReviewer.DefaultAudience)
{
    /// <summary>What pods' projected tokens are made for, as Istio's are.</summary>
    public const string DefaultAudience = "istio-ca";

    private const string Path = "apis/authentication.k8s.io/v1/tokenreviews";
    private const string PodName = "authentication.kubernetes.io/pod-name";

    /// <summary>A <see cref="TokenReader"/>.</summary>
    public async ValueTask<TokenVerdict> ReadAsync(Redacted token, CancellationToken cancellation)
    {
        var review = JsonSerializer.SerializeToUtf8Bytes(
            new JsonObject
            {
                ["apiVersion"] = "authentication.k8s.io/v1",
                ["kind"] = "TokenReview",
                ["spec"] = new JsonObject { ["token"] = token.Reveal(), ["audiences"] = new JsonArray(audience) },
            }
        );
        try
        {
            using var answer = await client.CallAsync(HttpMethod.Post, Path, review, cancellation);
            var verdict = Judge(answer.RootElement);
            return verdict.Caller is { } caller ? TokenVerdict.Accept(caller with { Until = ExpiryOf(token) }) : verdict;
        }
        catch (Exception e) when (KubernetesClient.IsFailure(e, cancellation))
        {
            return TokenVerdict.Refuse($"the API server cannot review tokens: {e.Message}");
        }
    }

    private TokenVerdict Judge(JsonElement review)
    {
        if (
            !review.TryGetProperty("status", out var status)
            || !status.TryGetProperty("authenticated", out var authenticated)
            || authenticated.ValueKind != JsonValueKind.True
        )
        {
            return TokenVerdict.Refuse(
                "the API server does not accept the service-account token: it is forged, expired, or made for another audience"
            );
        }

        // A server that does not know audiences leaves them out: then nobody has checked, and any pod's token would do.
        if (
            !status.TryGetProperty("audiences", out var audiences)
            || audiences.ValueKind != JsonValueKind.Array
            || !audiences.EnumerateArray().Any(a => a.ValueKind == JsonValueKind.String && a.GetString() == audience)
        )
        {
            return TokenVerdict.Refuse($"the service-account token is not made for the audience {audience}");
        }

        var user = status.TryGetProperty("user", out var found) ? found : default;
        var name = user.ValueKind == JsonValueKind.Object && user.TryGetProperty("username", out var text) ? text.GetString() ?? "" : "";
        return
            name.Split(':') is ["system", "serviceaccount", var ns, var account]
            && WorkloadIdentity.Create(trustDomain, ns, account) is { } identity
            ? TokenVerdict.Accept(new(identity, Pod(user), "service-account token"))
            : TokenVerdict.Refuse("the token is no service account's");
    }

    // Of a token that was reviewed; a review does not say how long it is good.
    private static DateTimeOffset? ExpiryOf(Redacted token)
    {
        try
        {
            if (token.Reveal().Split('.') is not [_, var payload, _])
            {
                return null;
            }

            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(payload));
            return claims.RootElement.TryGetProperty("exp", out var expiry) && expiry.TryGetInt64(out var seconds)
                ? DateTimeOffset.FromUnixTimeSeconds(seconds)
                : null;
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    private static string? Pod(JsonElement user) =>
        user.TryGetProperty("extra", out var extra)
        && extra.ValueKind == JsonValueKind.Object
        && extra.TryGetProperty(PodName, out var names)
        && names.ValueKind == JsonValueKind.Array
        && names.GetArrayLength() == 1
            ? names[0].GetString()
            : null;
}
