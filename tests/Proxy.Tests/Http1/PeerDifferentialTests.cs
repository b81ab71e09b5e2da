using Mesh.Tests;

namespace Mesh.Proxy.Tests.Http1;

public sealed class PeerDifferentialTests
{
    // What the peer answers a client that sends no whole request.
    private const int RequestTimeout = 408;

    [PeerFact("program:nginx")]
    public async Task What_nginx_refuses_we_refuse_but_for_the_listed_differences()
    {
        await using var nginx = await FrontProxy.NginxAsync();
        await CompareAsync("nginx", nginx);
    }

    [PeerFact("program:haproxy")]
    public async Task What_HAProxy_refuses_we_refuse_but_for_the_listed_differences()
    {
        await using var haproxy = await FrontProxy.HaproxyAsync();
        await CompareAsync("haproxy", haproxy);
    }

    private static async Task CompareAsync(string peer, FrontProxy front)
    {
        var known = Corpus.Differences.Where(one => one.Peer == peer).Select(one => (one.Does, one.What)).ToHashSet();
        var complete = Corpus.Requests.Where(one => one.IsAccepted || one.IsRefused).ToList();
        var statuses = new int[complete.Count];
        await Parallel.ForAsync(
            0,
            complete.Count,
            new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (i, _) => statuses[i] = await front.StatusAsync(complete[i].Bytes)
        );

        var problems = new List<string>();
        for (var i = 0; i < complete.Count; i++)
        {
            var one = complete[i];
            // What the peer could not get an answer for, it let through.
            var accepts = statuses[i] is 200 or 502 or 503 or 504;
            var refuses = !accepts && statuses[i] != RequestTimeout;
            if (one.IsAccepted && refuses && !known.Contains(("refuses", one.Name)))
            {
                problems.Add($"{peer} refuses {one.Name} ({statuses[i]})");
            }

            if (one.IsRefused && accepts && !known.Contains(("accepts", one.Rule)) && !known.Contains(("accepts", one.Name)))
            {
                problems.Add($"{peer} accepts {one.Rule}: {one.Name}");
            }
        }

        // A peer that refuses everything, or nothing, would prove nothing.
        Assert.True(statuses.Count(status => status == 200) > 100);
        Assert.True(statuses.Count(status => status == 400) > 100);
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }
}
