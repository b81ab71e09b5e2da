using System.Text.Json.Nodes;
using Mesh.ApiServerDouble;
using Mesh.Kubernetes.Access;
using Mesh.Tests;

namespace Mesh.Kubernetes.Tests;

[Collection(nameof(Alone))]
public sealed class KubernetesClientTests : IAsyncLifetime
{
    private ApiServer _server = null!;
    private KubernetesClient _client = null!;

    public async Task InitializeAsync()
    {
        _server = await ApiServer.StartAsync();
        _client = TestApi.Client(_server);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task An_object_is_created_read_replaced_and_deleted()
    {
        var created = await _client.CreateAsync(TestApi.Services, "default", TestApi.Bytes(TestApi.Service("reviews")));
        Assert.Equal("default/reviews", created.Key);
        Assert.NotEmpty(created.Uid);

        var read = await _client.GetAsync(TestApi.Services, "default", "reviews");
        Assert.Equal(created.ResourceVersion, read!.ResourceVersion);

        var changed = TestApi.Json(read);
        changed["spec"]!["ports"]![0]!["port"] = 81;
        var replaced = await _client.ReplaceAsync(TestApi.Services, "default", "reviews", TestApi.Bytes(changed));
        Assert.NotEqual(read.ResourceVersion, replaced.ResourceVersion);
        Assert.True(await _client.DeleteAsync(TestApi.Services, "default", "reviews"));
        Assert.False(await _client.DeleteAsync(TestApi.Services, "default", "reviews"));
        Assert.Null(await _client.GetAsync(TestApi.Services, "default", "reviews"));
    }

    [Fact]
    public async Task A_replacement_of_an_older_version_is_a_conflict_that_says_so()
    {
        var first = await _client.CreateAsync(TestApi.Services, "default", TestApi.Bytes(TestApi.Service("reviews")));
        _server.Put(TestApi.Service("reviews", port: 82));
        var refused = await Assert.ThrowsAsync<ApiException>(() =>
            _client.ReplaceAsync(TestApi.Services, "default", "reviews", first.Json)
        );
        Assert.True(refused.Status.IsConflict);
        Assert.Contains(
            "PUT api/v1/namespaces/default/services/reviews: 409 Conflict: Operation cannot be fulfilled",
            refused.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task An_object_that_is_there_already_is_no_conflict_of_versions()
    {
        _server.Put(TestApi.Service("reviews"));
        var refused = await Assert.ThrowsAsync<ApiException>(() =>
            _client.CreateAsync(TestApi.Services, "default", TestApi.Bytes(TestApi.Service("reviews")))
        );
        Assert.Equal((409, false), (refused.Status.Code, refused.Status.IsConflict));
    }

    [Fact]
    public async Task A_merge_patch_of_the_status_leaves_the_spec_and_one_of_the_object_leaves_the_status()
    {
        _server.Put(TestApi.Service("reviews"));
        await _client.MergePatchAsync(
            TestApi.Services,
            "default",
            "reviews",
            TestApi.Bytes(JsonNode.Parse("""{"status":{"seen":true},"spec":{"ports":[]}}""")!),
            "status"
        );
        await _client.MergePatchAsync(
            TestApi.Services,
            "default",
            "reviews",
            TestApi.Bytes(JsonNode.Parse("""{"status":{"seen":false},"metadata":{"annotations":{"a":"b"}}}""")!)
        );
        var now = TestApi.Json((await _client.GetAsync(TestApi.Services, "default", "reviews"))!);
        Assert.True((bool)now["status"]!["seen"]!);
        Assert.Equal(80, (int)now["spec"]!["ports"]![0]!["port"]!);
        Assert.Equal("b", (string)now["metadata"]!["annotations"]!["a"]!);
    }

    [Fact]
    public async Task An_apply_creates_and_then_changes()
    {
        var body = TestApi.Bytes(TestApi.Service("applied"));
        await _client.ApplyAsync(TestApi.Services, "default", "applied", body, "tests", force: true);
        await _client.ApplyAsync(
            TestApi.Services,
            "default",
            "applied",
            TestApi.Bytes(TestApi.Service("applied", port: 90)),
            "tests",
            force: true
        );
        var now = TestApi.Json((await _client.GetAsync(TestApi.Services, "default", "applied"))!);
        Assert.Equal(90, (int)now["spec"]!["ports"]![0]!["port"]!);
        Assert.Contains(_server.Requests, request => request.EndsWith("?fieldManager=tests&force=true", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_list_comes_in_pages_and_its_objects_know_their_kind()
    {
        _server.Put([.. Enumerable.Range(0, 1203).Select(i => TestApi.Service($"s{i:D4}"))]);
        var keys = new List<string>();
        ListPage? page = null;
        do
        {
            page = await _client.ListAsync(TestApi.Services, null, ListOptions.All, page?.Continuation);
            keys.AddRange(page.Items.Select(item => item.Key));
            Assert.All(page.Items, item => Assert.Equal("Service", (string)TestApi.Json(item)["kind"]!));
        } while (page.Continuation is not null);

        Assert.Equal(Enumerable.Range(0, 1203).Select(i => $"default/s{i:D4}"), keys);
        Assert.Equal(3, _server.Requests.Count);
    }

    [Fact]
    public async Task A_page_of_a_list_that_the_server_has_forgotten_is_gone()
    {
        _server.Put([.. Enumerable.Range(0, KubernetesClient.PageSize + 1).Select(i => TestApi.Service($"s{i:D4}"))]);
        var first = await _client.ListAsync(TestApi.Services, null, ListOptions.All, null);
        _server.Store.Compact();
        var refused = await Assert.ThrowsAsync<ApiException>(() =>
            _client.ListAsync(TestApi.Services, null, ListOptions.All, first.Continuation)
        );
        Assert.True(refused.Status.IsGone);
    }

    [Fact]
    public async Task Selectors_choose_by_label_and_field()
    {
        _server.Put(TestApi.Service("a"), TestApi.Service("b"), TestApi.Service("b", "other"));
        var byLabel = await _client.ListAsync(TestApi.Services, null, new ListOptions("app=b"), null);
        Assert.Equal(["default/b", "other/b"], byLabel.Items.Select(item => item.Key));
        var byField = await _client.ListAsync(TestApi.Services, null, new ListOptions(null, "metadata.namespace!=default"), null);
        Assert.Equal(["other/b"], byField.Items.Select(item => item.Key));
        Assert.Equal(
            ["other/b"],
            (await _client.ListAsync(TestApi.Services, "other", ListOptions.All, null)).Items.Select(item => item.Key)
        );
    }

    [Fact]
    public async Task An_expired_token_is_read_again_and_the_request_repeated_once()
    {
        _server.Tokens.Add("new");
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "old\n");
            using var client = new KubernetesClient(
                new ClusterAccess { Server = _server.Address, Credentials = new TokenFile(file, TimeProvider.System) },
                "tests/1"
            );
            var refused = await Assert.ThrowsAsync<ApiException>(() => client.GetAsync(TestApi.Services, "default", "none"));
            Assert.Equal(401, refused.Status.Code);
            await File.WriteAllTextAsync(file, "new\n");
            Assert.Null(await client.GetAsync(TestApi.Services, "default", "none"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Ten_thousand_objects_are_listed_without_a_spike()
    {
        var padding = new string('x', 2000);
        _server.Put([
            .. Enumerable
                .Range(0, 10_000)
                .Select(i =>
                {
                    var service = TestApi.Service($"s{i:D5}");
                    service["metadata"]!["annotations"] = new JsonObject { ["padding"] = padding };
                    return service;
                }),
        ]);
        await _client.GetAsync(TestApi.Services, "default", "none"); // what the first request costs is not counted
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var all = new List<KubernetesObject>();
        var peak = 0L;
        string? continuation = null;
        do
        {
            var page = await _client.ListAsync(TestApi.Services, null, ListOptions.All, continuation);
            all.AddRange(page.Items);
            continuation = page.Continuation;
            // What is alive beside garbage that a collection could take at any moment.
            peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: true) - before);
        } while (continuation is not null);

        var size = all.Sum(one => (long)one.Json.Length);
        Assert.Equal(10_000, all.Count);
        Assert.InRange(peak, size, 3 * size);
    }

    [Fact]
    public async Task What_is_no_status_is_quoted_in_part()
    {
        _server.Faults.Fail(1, 503);
        var refused = await Assert.ThrowsAsync<ApiException>(() => _client.GetAsync(TestApi.Services, "default", "none"));
        Assert.True(refused.Status.IsTransient);
        var page = ApiStatus.Read(502, System.Text.Encoding.UTF8.GetBytes("<html>" + new string('b', 1000)));
        Assert.Equal((502, 200), (page.Code, page.Message.Length));
    }

    [Theory]
    [InlineData(429, true)]
    [InlineData(503, true)]
    [InlineData(403, false)]
    public async Task What_a_server_that_has_too_much_to_do_asks_to_wait_is_told(int status, bool isTransient)
    {
        _server.Faults.RetryAfter = TimeSpan.FromSeconds(7);
        _server.Faults.Fail(1, status);
        var refused = await Assert.ThrowsAsync<ApiException>(() => _client.GetAsync(TestApi.Services, "default", "any"));
        Assert.Equal((status, isTransient), (refused.Status.Code, refused.Status.IsTransient));
        Assert.Equal(TimeSpan.FromSeconds(7), refused.Status.RetryAfter);
    }

    [Fact]
    public async Task The_version_is_asked_like_any_path()
    {
        using var version = await _client.CallAsync(HttpMethod.Get, "version", null);
        Assert.Equal("1", version.RootElement.GetProperty("major").GetString());
    }
}
