using System.Globalization;
using Mesh.ApiServerDouble;
using Mesh.Kubernetes.Watching;
using Mesh.Tests;

namespace Mesh.Kubernetes.Tests;

#pragma warning disable CA1001 // disposed in DisposeAsync
public sealed class ResourceWatcherTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Copy _copy = new();
    private ApiServer _server = null!;
    private KubernetesClient _client = null!;
    private Task _running = Task.CompletedTask;

    public async Task InitializeAsync()
    {
        _server = await ApiServer.StartAsync();
        _client = TestApi.Client(_server);
    }

    public async Task DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _client.Dispose();
        await _server.DisposeAsync();
        _stopping.Dispose();
    }

    [Fact]
    public async Task A_copy_follows_creation_change_and_deletion()
    {
        _server.Put(TestApi.Service("a"));
        await FollowAsync();
        _server.Put(TestApi.Service("b"));
        await _copy.UntilAsync(copy => copy.Objects.Count == 2, "b is there");
        _server.Put(TestApi.Service("a", port: 99));
        await _copy.UntilAsync(copy => PortOf("default/a") == 99, "a has changed");
        _server.Delete("v1", "Service", "default", "a");
        await _copy.UntilAsync(copy => !copy.Objects.ContainsKey("default/a"), "a is gone");
        Assert.Equal(1, _copy.Replaced);
        Assert.Empty(_copy.Problems);
    }

    [Fact]
    public async Task A_quiet_watch_is_kept_alive_so_that_a_server_that_vanished_is_noticed()
    {
        await FollowAsync();
        await _copy.UntilAsync(_ => _server.Watches == 1, "the watch");
        await _copy.UntilAsync(
            _ => TimersTo(_server.Address.Port) is [_, ..] timers && timers.TrueForAll(timer => timer == "02"),
            "keep-alive"
        );
    }

    // Of the kernel's own tables: the timer that runs on each connection to a port; 02 is keep-alive (get_tcp4_sock in the kernel).
    private static List<string> TimersTo(int port) =>
        [
            .. File.ReadLines("/proc/net/tcp")
                .Concat(File.ReadLines("/proc/net/tcp6"))
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(row =>
                    row[2].EndsWith(":" + port.ToString("X4", CultureInfo.InvariantCulture), StringComparison.Ordinal) && row[3] == "01"
                )
                .Select(row => row[5][..2]),
        ];

    [Fact]
    public async Task A_watch_in_which_nothing_is_said_for_minutes_is_begun_again()
    {
        var time = new ManualTime();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var copy = new Copy();
        var run = new ResourceWatcher(_client, TestApi.Services, null, ListOptions.All, copy, time, new Random(1)).RunAsync(stop.Token);
        await copy.UntilAsync(_ => Watches() == 1 && _server.Watches == 1, "the first watch");
        time.Advance(TimeSpan.FromMinutes(2));
        _server.Put(TestApi.Service("a"));
        await copy.UntilAsync(_ => copy.Objects.Count == 1, "an event");
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(1, Watches());
        time.Advance(TimeSpan.FromMinutes(2));
        await copy.UntilAsync(_ => Watches() == 2, "the second watch");
        _server.Put(TestApi.Service("b"));
        await copy.UntilAsync(_ => copy.Objects.Count == 2, "what came behind it");
        Assert.Equal(1, copy.Replaced);
        // Servers of old have nothing to say for minutes: that is nothing to warn of.
        Assert.Empty(copy.Problems);
        await stop.CancelAsync();
        await run;
    }

    private int Watches() => _server.Requests.Count(request => request.Contains("watch=1", StringComparison.Ordinal));

    [Fact]
    public async Task Events_that_come_in_two_reads_are_whole()
    {
        _server.Faults.SplitEvents = TimeSpan.FromMilliseconds(30);
        await FollowAsync();
        for (var i = 0; i < 5; i++)
        {
            _server.Put(TestApi.Service($"s{i}"));
        }

        await _copy.UntilAsync(copy => copy.Objects.Count == 5, "all are there");
        Assert.Empty(_copy.Problems);
    }

    [Fact]
    public async Task A_watch_that_breaks_in_the_middle_of_an_event_goes_on_behind_the_last_whole_one()
    {
        await FollowAsync();
        _server.Faults.BreakAfterEvents = 3;
        for (var i = 0; i < 10; i++)
        {
            _server.Put(TestApi.Service($"s{i}"));
        }

        await _copy.UntilAsync(copy => copy.Objects.Count == 10, "all are there");
        Assert.Equal(1, _copy.Replaced);
        Assert.NotEmpty(_copy.Problems);
        await _copy.UntilAsync(copy => copy.Problem is null, "the problem is over");
    }

    [Fact]
    public async Task Watches_that_end_in_order_are_followed_by_others()
    {
        await FollowAsync();
        _server.Faults.EventsPerWatch = 2;
        for (var i = 0; i < 9; i++)
        {
            _server.Put(TestApi.Service($"s{i}"));
        }

        await _copy.UntilAsync(copy => copy.Objects.Count == 9, "all are there");
        Assert.Equal(1, _copy.Replaced);
        Assert.Empty(_copy.Problems);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_version_that_the_server_has_forgotten_leads_to_a_new_list(bool asEvent)
    {
        _server.Faults.GoneAsEvent = asEvent;
        _server.Put(TestApi.Service("old"));
        await FollowAsync();
        _server.Faults.EventsPerWatch = 1;
        _server.Faults.Fail(1, 500);
        // The watch ends with this event; before the next one begins its version is forgotten.
        _server.Put(TestApi.Service("new"));
        await _copy.UntilAsync(copy => copy.Problem is not null, "the watch could not begin again");
        _server.Faults.EventsPerWatch = 0;
        _server.Delete("v1", "Service", "default", "old");
        _server.Store.Compact();
        await _copy.UntilAsync(copy => copy.Replaced == 2 && copy.Objects.Keys.SequenceEqual(["default/new"]), "the list is new");
        await _copy.UntilAsync(copy => copy.Problem is null, "the problem is over");
    }

    [Fact]
    public async Task Bookmarks_save_a_quiet_watch_from_listing_again()
    {
        _server.Faults.BookmarkEvery = TimeSpan.FromMilliseconds(20);
        await FollowAsync();
        // Another kind moves the version and its history is forgotten: without bookmarks ours would be too old.
        _server.Put(
            new System.Text.Json.Nodes.JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "ConfigMap",
                ["metadata"] = new System.Text.Json.Nodes.JsonObject { ["name"] = "c", ["namespace"] = "default" },
            }
        );
        _server.Store.Compact();
        _server.Faults.EventsPerWatch = 1;
        await Task.Delay(100);
        _server.Put(TestApi.Service("a"));
        await _copy.UntilAsync(copy => copy.Objects.ContainsKey("default/a"), "a is there");
        _server.Put(TestApi.Service("b"));
        await _copy.UntilAsync(copy => copy.Objects.ContainsKey("default/b"), "b is there");
        Assert.Equal(1, _copy.Replaced);
    }

    [Fact]
    public async Task A_server_that_is_away_is_waited_for_and_the_copy_stays_meanwhile()
    {
        _server.Put(TestApi.Service("a"));
        await FollowAsync();
        var port = _server.Address.Port;
        await _server.DisposeAsync();
        await _copy.UntilAsync(copy => copy.Problem is not null, "the server is away");
        Assert.Equal(["default/a"], _copy.Objects.Keys);
        _server = await ApiServer.StartAsync(port: port);
        // Another server: it knows nothing of the old one's versions.
        _server.Put(TestApi.Service("b"));
        _server.Store.Compact();
        for (var i = 0; i < 50; i++)
        {
            _server.Put(TestApi.Service("b", port: i + 1));
        }

        _server.Store.Compact();
        await _copy.UntilAsync(copy => copy.Objects.Keys.SequenceEqual(["default/b"]), "what the new server has");
    }

    private int PortOf(string key) => (int)TestApi.Json(_copy.Objects[key])["spec"]!["ports"]![0]!["port"]!;

    private async Task FollowAsync()
    {
        var watcher = new ResourceWatcher(_client, TestApi.Services, null, ListOptions.All, _copy, TimeProvider.System, new Random(3));
        _running = watcher.RunAsync(_stopping.Token);
        await _copy.UntilAsync(copy => copy.Replaced == 1 && _server.Watches == 1, "the watch is open");
    }
}
