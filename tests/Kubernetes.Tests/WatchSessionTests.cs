using Mesh.Kubernetes.Watching;

namespace Mesh.Kubernetes.Tests;

public sealed class WatchSessionTests
{
    private readonly WatchSession _session = new(new Random(1));

    [Fact]
    public void A_list_of_several_pages_is_given_whole_and_the_watch_begins_behind_it()
    {
        Assert.Equal(WatchStep.List, _session.Step);
        Assert.Null(_session.OnPage(new ListPage([One("a", "3")], "7", "next")));
        Assert.Equal("next", _session.Continuation);
        var all = _session.OnPage(new ListPage([One("b", "4")], "7", null));
        Assert.Equal(["a", "b"], all!.Select(one => one.Name));
        Assert.Equal((WatchStep.Watch, "7"), (_session.Step, _session.ResourceVersion));
    }

    [Fact]
    public void Events_and_bookmarks_move_the_version_and_only_events_change_something()
    {
        Listed();
        Assert.True(_session.OnEvent(new(WatchEventKind.Modified, One("a", "9"), "9")));
        Assert.Equal("9", _session.ResourceVersion);
        Assert.False(_session.OnEvent(new(WatchEventKind.Bookmark, null, "15")));
        Assert.Equal("15", _session.ResourceVersion);
    }

    [Fact]
    public void A_version_that_is_gone_leads_to_a_new_list_at_once_and_then_ever_later()
    {
        Listed();
        _session.OnEvent(new(WatchEventKind.Error, null, "", new ApiStatus(410, "Expired", "")));
        Assert.Equal((WatchStep.List, null), (_session.Step, _session.Continuation));
        _session.OnRefused(new ApiStatus(410, "Expired", ""));
        Assert.Equal(WatchStep.Wait, _session.Step);
        _session.Waited();
        Assert.Equal(WatchStep.List, _session.Step);
    }

    [Fact]
    public void A_page_that_is_gone_begins_the_list_anew_without_the_pages_before()
    {
        _session.OnPage(new ListPage([One("a", "3")], "7", "next"));
        _session.OnRefused(new ApiStatus(410, "Expired", ""));
        Assert.Null(_session.Continuation);
        Assert.Equal(["b"], _session.OnPage(new ListPage([One("b", "4")], "9", null))!.Select(one => one.Name));
    }

    [Fact]
    public void A_broken_watch_goes_on_where_it_was_and_waits_longer_each_time_up_to_the_longest()
    {
        Listed();
        var last = TimeSpan.Zero;
        for (var i = 0; i < 12; i++)
        {
            _session.OnBroken();
            Assert.Equal(WatchStep.Wait, _session.Step);
            Assert.InRange(_session.Delay, TimeSpan.Zero, WatchSession.LongestDelay);
            last = _session.Delay;
            _session.Waited();
            Assert.Equal((WatchStep.Watch, "7"), (_session.Step, _session.ResourceVersion));
        }

        Assert.InRange(last, WatchSession.LongestDelay / 2, WatchSession.LongestDelay);
        _session.OnEvent(new(WatchEventKind.Bookmark, null, "8"));
        _session.OnBroken();
        Assert.InRange(_session.Delay, TimeSpan.Zero, WatchSession.FirstDelay);
    }

    [Fact]
    public void A_watch_that_ends_without_a_word_is_not_asked_in_a_loop()
    {
        Listed();
        _session.OnEnd(sawEvents: true);
        Assert.Equal(WatchStep.Watch, _session.Step);
        _session.OnEnd(sawEvents: false);
        Assert.Equal(WatchStep.Wait, _session.Step);
        _session.Waited();
        Assert.Equal(WatchStep.Watch, _session.Step);
    }

    [Fact]
    public void What_the_server_asks_to_wait_is_waited()
    {
        Listed();
        _session.OnRefused(new ApiStatus(429, "TooManyRequests", "", TimeSpan.FromSeconds(7)));
        Assert.Equal(TimeSpan.FromSeconds(7), _session.Delay);
    }

    [Fact]
    public void A_kind_that_is_not_served_or_not_allowed_is_listed_again_soon_and_then_ever_later()
    {
        // An API server that starts answers 403 until it has read its roles, and changes must not wait half a minute for that.
        _session.OnPage(new ListPage([], "5", null));
        _session.OnRefused(new ApiStatus(403, "Forbidden", ""));
        Assert.InRange(_session.Delay, WatchSession.FirstDelay / 2, WatchSession.FirstDelay);
        _session.Waited();
        Assert.Equal(WatchStep.List, _session.Step);
        for (var attempt = 0; attempt < 10; attempt++)
        {
            _session.OnRefused(new ApiStatus(403, "Forbidden", ""));
            _session.Waited();
        }

        Assert.InRange(_session.Delay, WatchSession.LongestDelay / 2, WatchSession.LongestDelay);
    }

    private void Listed() => _session.OnPage(new ListPage([One("a", "3")], "7", null));

    private static KubernetesObject One(string name, string version) =>
        KubernetesObject.Read(
            System.Text.Encoding.UTF8.GetBytes(
                $$$"""{"metadata":{"name":"{{{name}}}","namespace":"n","resourceVersion":"{{{version}}}"}}"""
            ),
            TestApi.Services
        );
}
