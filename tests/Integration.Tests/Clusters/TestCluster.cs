using System.Text;
using System.Text.Json.Nodes;
using Mesh.ApiServerDouble;
using Mesh.Cli.Processes;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Access;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Clusters;

/// <summary>
/// An API server: the double, or the one of the kubeconfig in <c>MESH_TEST_KUBECONFIG</c>. Of a real one nothing is expected but the API itself: no
/// kubelet, no scheduler, no controllers. What a test makes is in namespaces of its own and goes with it.
/// </summary>
internal sealed class TestCluster : IAsyncDisposable
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private const string Manager = "mesh-tests";

    private static readonly ApiResource[] Resources =
    [
        new("", "v1", "services", "Service"),
        new("", "v1", "pods", "Pod"),
        new("", "v1", "secrets", "Secret"),
        new("", "v1", "configmaps", "ConfigMap"),
        new("", "v1", "serviceaccounts", "ServiceAccount"),
        new("", "v1", "namespaces", "Namespace", Namespaced: false),
        new("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
        new("coordination.k8s.io", "v1", "leases", "Lease"),
        new("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", Namespaced: false),
        new("admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", Namespaced: false),
        new("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", Namespaced: false),
        new("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", Namespaced: false),
        new("rbac.authorization.k8s.io", "v1", "roles", "Role"),
        new("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"),
        new("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", Namespaced: false),
        new("networking.istio.io", "v1", "virtualservices", "VirtualService"),
        new("networking.istio.io", "v1", "destinationrules", "DestinationRule"),
        new("security.istio.io", "v1", "authorizationpolicies", "AuthorizationPolicy"),
    ];

    private static readonly Lazy<JsonObject[]> Definitions = new(() =>
        [
            .. Directory
                .EnumerateFiles(Path.Combine(Peers.ProjectDirectory, "..", "..", "deploy", "base", "crds"), "*.istio.io.yaml")
                .SelectMany(file => YamlObjects.Read(File.ReadAllText(file))),
        ]
    );

    private readonly List<(ApiResource Resource, string Name)> _made = [];
    private readonly List<string> _namespaces = [];
    private readonly string _folder;

    /// <summary>The kubeconfig of a real server; null where the double serves.</summary>
#pragma warning disable RS0030 // tests have no Options class
    public static string? Real { get; } = Environment.GetEnvironmentVariable("MESH_TEST_KUBECONFIG") is { Length: > 0 } file ? file : null;
#pragma warning restore RS0030

    private TestCluster(ApiServer? server, string kubeConfig, string folder)
    {
        (Double, KubeConfigFile, _folder) = (server, kubeConfig, folder);
        Access = KubeConfig.Load(kubeConfig, null, TimeProvider.System);
        Client = new(Access, "mesh-tests/1");
    }

    /// <summary>Null where the server is a real one: what only the double can do is left out then.</summary>
    public ApiServer? Double { get; }

    public string KubeConfigFile { get; }

    public ClusterAccess Access { get; }

    public KubernetesClient Client { get; }

    public static async Task<TestCluster> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("mesh-cluster-").FullName;
        if (Real is { } real)
        {
            return await DefinedAsync(new(null, real, folder));
        }

        var server = await ApiServer.StartAsync();
        return await DefinedAsync(new(server, WriteKubeConfig(server.Address, folder), folder));
    }

    public static ApiResource Resource(string kind) => Resources.Single(one => one.Kind == kind);

    /// <summary>A namespace of the test's own, with the service account that every pod needs.</summary>
    public async Task<string> NamespaceAsync(string labels = "")
    {
        var name = $"mesh-test-{Guid.NewGuid():N}"[..20];
        // Servers before 1.21 do not write this label by themselves.
        var all = $"kubernetes.io/metadata.name: {name}{(labels.Length > 0 ? ", " : "")}{labels}";
        await ApplyAsync($"{{ apiVersion: v1, kind: Namespace, metadata: {{ name: {name}, labels: {{ {all} }} }} }}");
        _namespaces.Add(name);
        // Nobody is there to make the token that such a server wants to mount.
        await ApplyAsync(
            $"{{ apiVersion: v1, kind: ServiceAccount, metadata: {{ name: default, namespace: {name} }}, automountServiceAccountToken: false }}"
        );
        return name;
    }

    /// <summary>Has an object without namespace go with the test.</summary>
    public void Forget(string kind, string name) => _made.Add((Resource(kind), name));

    /// <summary>Applies the objects of a YAML text, and their status where they have one, as kubelet and controllers would write it.</summary>
    public async Task ApplyAsync(string yaml)
    {
        foreach (var item in YamlObjects.Read(yaml))
        {
            var resource = Resource((string)item["kind"]!);
            var (ns, name) = ((string?)item["metadata"]!["namespace"], (string)item["metadata"]!["name"]!);
            var status = item["status"];
            item.Remove("status");
            await Client.ApplyAsync(resource, ns, name, Bytes(item), Manager, force: true);
            if (status is not null)
            {
                await StatusAsync((string)item["kind"]!, ns, name, status);
            }
        }
    }

    public Task StatusAsync(string kind, string? ns, string name, JsonNode status) =>
        Client.MergePatchAsync(Resource(kind), ns, name, Bytes(new JsonObject { ["status"] = status.DeepClone() }), "status");

    public async Task<JsonNode?> FindAsync(string kind, string? ns, string name) =>
        await Client.GetAsync(Resource(kind), ns, name) is { } found ? JsonNode.Parse(found.Json.Span) : null;

    public Task<bool> DeleteAsync(string kind, string? ns, string name) => Client.DeleteAsync(Resource(kind), ns, name);

    /// <summary>An object once it is as expected.</summary>
    public async Task<JsonNode> UntilAsync(string kind, string? ns, string name, string what, Func<JsonNode, bool> condition)
    {
        JsonNode? seen = null;
        try
        {
            await Wait.UntilAsync(
                what,
                Bound,
                async () => (seen = await FindAsync(kind, ns, name)) is not null && condition(seen),
                CancellationToken.None
            );
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}: {seen?.ToJsonString() ?? "(none)"}", e);
        }

        return seen!;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (resource, name) in _made)
        {
            await Client.DeleteAsync(resource, null, name);
        }

        if (Double is null)
        {
            foreach (var ns in _namespaces)
            {
                await EmptyAsync(ns);
            }
        }

        Client.Dispose();
        if (Double is not null)
        {
            await Double.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    public static byte[] Bytes(JsonNode json) => Encoding.UTF8.GetBytes(json.ToJsonString());

    private static string WriteKubeConfig(Uri server, string folder)
    {
        var file = Path.Combine(folder, "kubeconfig");
        File.WriteAllText(
            file,
            $$"""
            apiVersion: v1
            kind: Config
            current-context: double
            contexts: [{ name: double, context: { cluster: double, user: tests } }]
            clusters: [{ name: double, cluster: { server: {{server}}, insecure-skip-tls-verify: true } }]
            users: [{ name: tests, user: {} }]
            """
        );
        return file;
    }

    private static async Task<TestCluster> DefinedAsync(TestCluster cluster)
    {
        await cluster.DefineKindsAsync();
        return cluster;
    }

    // Does what the controller of namespaces would do: with nobody to do it, what one test leaves behind is in the next one's mesh.
    private async Task EmptyAsync(string ns)
    {
        foreach (var resource in Resources.Where(resource => resource.Namespaced))
        {
            try
            {
                // One by one: servers before 1.23 cannot delete all services at once.
                var page = await Client.ListAsync(resource, ns, ListOptions.All, null);
                await Task.WhenAll(page.Items.Select(item => Client.DeleteAsync(resource, ns, item.Name)));
            }
            catch (ApiException e) when (e.Status.Code == 404)
            {
                // A kind that this server has not.
            }
        }

        if (await Client.DeleteAsync(Resource("Namespace"), null, ns) && await FindAsync("Namespace", null, ns) is { } left)
        {
            left["spec"]!["finalizers"] = new JsonArray();
            try
            {
                using var _ = await Client.CallAsync(HttpMethod.Put, $"api/v1/namespaces/{ns}/finalize", Bytes(left));
            }
            catch (ApiException e) when (e.Status.Code is 404 or 409)
            {
                // There is somebody to do it, after all.
            }
        }
    }

    private async Task DefineKindsAsync()
    {
        foreach (var item in Definitions.Value)
        {
            var name = (string)item["metadata"]!["name"]!;
            await Client.ApplyAsync(Resource("CustomResourceDefinition"), null, name, Bytes(item), Manager, force: true);
            await UntilAsync(
                "CustomResourceDefinition",
                null,
                name,
                $"{name} being served",
                one =>
                    (one["status"]?["conditions"] as JsonArray ?? []).Any(c =>
                        (string?)c!["type"] == "Established" && (string?)c["status"] == "True"
                    )
            );
        }
    }
}
