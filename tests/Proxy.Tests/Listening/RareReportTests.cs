using Mesh.Listening;
using Mesh.Tests;

namespace Mesh.Proxy.Tests.Listening;

public sealed class RareReportTests
{
    [Fact]
    public void What_happens_all_the_time_is_said_at_once_and_then_now_and_then_with_its_number()
    {
        var time = new ManualTime();
        var report = new RareReport(time);
        var said = new List<long>();
        for (var i = 0; i < 1000; i++)
        {
            if (report.Happened(out var times))
            {
                said.Add(times);
            }

            time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal([1, 300, 300, 300], said);
        Assert.Equal(1000, report.Count);
    }
}
