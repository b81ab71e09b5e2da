using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Kubernetes;

namespace Mesh.ControlPlane.Identity;

/// <summary>An authority in a Kubernetes Secret. The API server decides between replicas: one create succeeds, and a replace only of what was read.</summary>
/// <param name="ns">The mesh's root namespace.</param>
internal sealed class SecretAuthorityStore(KubernetesClient client, string ns, string name = SecretAuthorityStore.DefaultName)
    : IAuthorityStore
{
    /// <summary>Name of the Secret.</summary>
    public const string DefaultName = "mesh-authority";

    private static readonly ApiResource Secrets = new("", "v1", "secrets", "Secret");

    public string Place => $"Secret {ns}/{name}";

    public async Task<StoredAuthority?> ReadAsync(CancellationToken cancellation = default)
    {
        try
        {
            if (await client.GetAsync(Secrets, ns, name, cancellation) is not { } found)
            {
                return null;
            }

            using var json = JsonDocument.Parse(found.Json);
            if (
                !json.RootElement.TryGetProperty("data", out var data)
                || !data.TryGetProperty(DirectoryAuthorityStore.FileName, out var document)
            )
            {
                throw new FormatException($"its data has no {DirectoryAuthorityStore.FileName}");
            }

            return new(AuthorityDocument.Read(document.GetBytesFromBase64()), found.ResourceVersion);
        }
        catch (Exception e) when (KubernetesClient.IsFailure(e, cancellation) || e is FormatException)
        {
            throw new IdentityException($"{Place} cannot be used: {e.Message}", e);
        }
    }

    public async Task<bool> TryWriteAsync(StoredAuthority? seen, AuthorityState state, CancellationToken cancellation = default)
    {
        var metadata = new JsonObject { ["name"] = name, ["namespace"] = ns };
        if (seen is not null)
        {
            metadata["resourceVersion"] = seen.Version;
        }

        var body = JsonSerializer.SerializeToUtf8Bytes(
            new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Secret",
                ["type"] = "Opaque",
                ["metadata"] = metadata,
                ["data"] = new JsonObject
                {
                    [DirectoryAuthorityStore.FileName] = Convert.ToBase64String(AuthorityDocument.Write(state)),
                    [DirectoryAuthorityStore.RootsFileName] = Convert.ToBase64String(Encoding.ASCII.GetBytes(state.Bundle().Pem)),
                },
            }
        );
        try
        {
            await (
                seen is null
                    ? client.CreateAsync(Secrets, ns, body, cancellation)
                    : client.ReplaceAsync(Secrets, ns, name, body, cancellation)
            );
            return true;
        }
        catch (ApiException e) when (e.Status.Code == 409)
        {
            return false;
        }
        catch (Exception e) when (KubernetesClient.IsFailure(e, cancellation))
        {
            throw new IdentityException($"{Place} cannot be written: {e.Message}", e);
        }
    }
}
