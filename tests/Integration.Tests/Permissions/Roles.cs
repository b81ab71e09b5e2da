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

    /// <summary>Nothing was refused, and there is no right, of one verb on one resource, that nobody made use of.</summary>
    public static void CheckUse(ApiServer api)
    {
        Assert.Empty(api.Attempts.Where(attempt => !attempt.Value).Select(attempt => attempt.Key.ToString()));
        Assert.Empty(
            api.Access!.Rights()
                .Where(right => !api.Attempts.Keys.Any(attempt => IsFor(right, attempt)))
                .Select(right => $"{right.Verb} {right.Resource} {right.Name} is never used")
        );
    }

    private static bool IsFor(AccessAttempt right, AccessAttempt attempt) =>
        (right.Verb, right.Group, right.Resource) == (attempt.Verb, attempt.Group, attempt.Resource)
        && (right.Name is null || right.Name == attempt.Name)
        && (right.Namespace is null || right.Namespace == attempt.Namespace);

    private static AccessRules Read(string program, string account) =>
        AccessRules.Read(
            File.ReadAllText(Path.Combine(Peers.ProjectDirectory, "..", "..", "deploy", "base", program, "rbac.yaml")),
            account,
            Root
        );
}
