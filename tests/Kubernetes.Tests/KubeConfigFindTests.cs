using Mesh.ApiServerDouble;
using Mesh.Kubernetes.Access;

namespace Mesh.Kubernetes.Tests;

/// <summary>Which kubeconfig holds, where several could: as for kubectl.</summary>
public sealed class KubeConfigFindTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kubeconfigs").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_named_holds_before_the_environment_and_that_before_the_one_at_home()
    {
        var (named, listed) = (Write("named", "a"), Write("listed", "b"));
        Directory.CreateDirectory(Path.Combine(_folder, ".kube"));
        Write(".kube/config", "c");
        Assert.Equal("a", Find(named, null, ("KUBECONFIG", listed)));
        Assert.Equal("b", Find(null, null, ("KUBECONFIG", listed)));
        Assert.Equal("c", Find(null, null));
        Assert.Equal("c", Find(null, null, ("KUBECONFIG", "")));
    }

    [Fact]
    public void Several_files_are_one_in_which_the_first_that_says_something_holds()
    {
        File.WriteAllText(Path.Combine(_folder, "empty"), "");
        File.WriteAllText(
            Path.Combine(_folder, "contexts"),
            """
            current-context: ""
            contexts: [ { name: both, context: { cluster: there, user: me, namespace: shop } } ]
            """
        );
        var first = Path.Combine(_folder, "first");
        Directory.CreateDirectory(first);
        File.WriteAllText(
            Path.Combine(first, "clusters"),
            "clusters: [ { name: there, cluster: { server: 'https://first' } } ]\nusers: [ { name: me, user: { tokenFile: token } } ]"
        );
        File.WriteAllText(Path.Combine(first, "token"), "beside-the-first");
        var last = Write("last", "there");
        var list = string.Join(
            ':',
            "",
            Path.Combine(_folder, "empty"),
            Path.Combine(_folder, "missing"),
            Path.Combine(_folder, "contexts"),
            Path.Combine(first, "clusters"),
            last
        );
        // The last file has a context that is current, and a cluster that the one before it hides.
        var access = KubeConfig.Find(null, "both", Environment(("KUBECONFIG", list)), TimeProvider.System);
        Assert.Equal(("https://first/", "shop"), ($"{access.Server}", access.Namespace));
        Assert.Equal("first", Find(null, null, ("KUBECONFIG", list)));
    }

    [Fact]
    public async Task Paths_in_a_file_are_relative_to_it()
    {
        await using var server = await ApiServer.StartAsync();
        server.Tokens.Add("beside");
        var inner = Directory.CreateDirectory(Path.Combine(_folder, "inner")).FullName;
        await File.WriteAllTextAsync(Path.Combine(inner, "users"), "users: [ { name: u, user: { token: ignored, tokenFile: token } } ]");
        await File.WriteAllTextAsync(Path.Combine(inner, "token"), "beside");
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "rest"),
            $"current-context: x\ncontexts: [ {{ name: x, context: {{ cluster: c, user: u }} }} ]\nclusters: [ {{ name: c, cluster: {{ server: '{server.Address}' }} }} ]"
        );
        var list = $"{Path.Combine(_folder, "rest")}:{Path.Combine(inner, "users")}";
        using var client = new KubernetesClient(
            KubeConfig.Find(null, null, Environment(("KUBECONFIG", list)), TimeProvider.System),
            "tests/1"
        );
        Assert.Null(await client.GetAsync(TestApi.Services, "default", "none"));
    }

    [Fact]
    public void A_file_that_is_named_must_be_there_and_without_any_all_places_are_told()
    {
        var missing = Path.Combine(_folder, "missing");
        var named = Assert.Throws<KubeConfigException>(() => Find(missing, null));
        Assert.StartsWith($"The kubeconfig {missing} cannot be read: ", named.Message, StringComparison.Ordinal);
        var none = Assert.Throws<KubeConfigException>(() => Find(null, null, ("KUBECONFIG", missing)));
        Assert.Equal(
            $"There is no kubeconfig: neither --kubeconfig nor KUBECONFIG names one that exists, nor is there {missing}.",
            none.Message
        );
        var pod = Assert.Throws<KubeConfigException>(() =>
            Find(null, null, ("KUBERNETES_SERVICE_HOST", "127.0.0.1"), ("KUBERNETES_SERVICE_PORT", "1"))
        );
        Assert.Contains(InCluster.ServiceAccountFolder, pod.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_context_that_no_file_has_is_told_with_those_that_there_are()
    {
        var list = $"{Write("one", "a")}:{Write("two", "b")}";
        var error = Assert.Throws<KubeConfigException>(() => Find(null, "c", ("KUBECONFIG", list)));
        Assert.Equal(
            $"The kubeconfigs {list.Replace(":", ", ", StringComparison.Ordinal)}: contexts has no 'c'; it has: a, b.",
            error.Message
        );
    }

    private string Write(string file, string name)
    {
        var path = Path.Combine(_folder, file);
        File.WriteAllText(
            path,
            $$"""
            current-context: {{name}}
            contexts: [ { name: {{name}}, context: { cluster: {{name}} } } ]
            clusters: [ { name: {{name}}, cluster: { server: "https://{{name}}" } } ]
            """
        );
        return path;
    }

    // The host of the server that was found.
    private string Find(string? path, string? context, params (string Name, string Value)[] variables) =>
        KubeConfig.Find(path, context, Environment(variables), TimeProvider.System).Server.Host;

    private Dictionary<string, string> Environment(params (string Name, string Value)[] variables) =>
        variables.Append(("HOME", _folder)).ToDictionary(item => item.Item1, item => item.Item2, StringComparer.Ordinal);
}
