using Mesh.ApiServerDouble;
using Mesh.Integration.Tests.Harness;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Permissions;

/// <summary>The roles that the manifests give to the programs, and what the programs made of them.</summary>
internal static class Roles
{
    private const string Root = "istio-system";

    public static AccessRules ControlPlane() => Read("controlplane", "istiod");

    public static AccessRules Injector() => Read("injector", "istio-sidecar-injector");

    /// <summary>How a program that runs outside finds an API server.</summary>
    public static void WriteKubeConfig(TemporaryDirectory directory, ApiServer api) =>
        directory.Write(
            "kubeconfig",
            $$$"""
            apiVersion: v1
            kind: Config
            current-context: double
            contexts: [{name: double, context: {cluster: double, user: nobody}}]
            clusters: [{name: double, cluster: {server: "{{{api.Address}}}"}}]
            users: [{name: nobody, user: {}}]
            """
        );

    /// <summary>Nothing was refused, and there is no resource in the rules that nobody asked for.</summary>
    public static void CheckUse(ApiServer api)
    {
        Assert.Empty(api.Attempts.Where(attempt => !attempt.Value).Select(attempt => attempt.Key.ToString()));
        var unused = api.Access!.Rights()
            .GroupBy(right => (right.Group, right.Resource, right.Name))
            .Where(rights => !rights.Any(right => api.Attempts.Keys.Any(attempt => IsFor(right, attempt))))
            .Select(rights => $"{rights.Key.Resource} {rights.Key.Name} of \"{rights.Key.Group}\"");
        Assert.Empty(unused);
    }

    private static bool IsFor(AccessAttempt right, AccessAttempt attempt) =>
        right.Group == attempt.Group
        && (right.Resource == "*" || right.Resource == attempt.Resource || IsStatus(right) && IsStatus(attempt))
        && (right.Name is null || right.Name == attempt.Name);

    // One kind's status is written as every other's.
    private static bool IsStatus(AccessAttempt attempt) => attempt.Resource.EndsWith("/status", StringComparison.Ordinal);

    private static AccessRules Read(string program, string account) =>
        AccessRules.Read(
            File.ReadAllText(Path.Combine(Peers.ProjectDirectory, "..", "..", "deploy", "base", program, "rbac.yaml")),
            account,
            Root
        );
}
