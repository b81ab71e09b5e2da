using Mesh.ControlPlane.Identity;
using Mesh.ControlPlane.Tests.Host;
using Microsoft.Extensions.Logging;

namespace Mesh.ControlPlane.Tests.Identity;

/// <summary>What the log says of callers that are refused again and again.</summary>
public sealed class RefusalLogTests : IDisposable
{
    private readonly LogList _lines = new();
    private readonly Clock _time = new();
    private readonly LoggerFactory _loggers = new();
    private readonly RefusalLog _log;

    public RefusalLogTests()
    {
        _loggers.AddProvider(_lines);
        _log = new(_time, _loggers.CreateLogger<RefusalLog>());
    }

    public void Dispose()
    {
        _loggers.Dispose();
        _lines.Dispose();
    }

    [Fact]
    public void A_caller_and_a_reason_have_one_line_in_a_period_and_then_a_count()
    {
        for (var i = 0; i < 500; i++)
        {
            _log.Add($"10.0.0.1:{1000 + i}", "expired", $"Refused 10.0.0.1:{1000 + i}: expired");
        }

        _log.Add("10.0.0.1:9", "forged", "Refused 10.0.0.1:9: forged");
        _log.Add("10.0.0.2:9", "expired", "Refused 10.0.0.2:9: expired");
        _log.Sweep();
        Assert.Equal(["Refused 10.0.0.1:1000: expired", "Refused 10.0.0.1:9: forged", "Refused 10.0.0.2:9: expired"], Texts());

        _time.Now += RefusalLog.Period;
        _log.Sweep();
        Assert.Equal("Refused 10.0.0.1:1499: expired (the last of 499 more in 10 s)", Texts()[^1]);
        Assert.Equal(4, Texts().Length);

        // Whoever gave up is a new caller when it comes again.
        _time.Now += RefusalLog.Period;
        _log.Sweep();
        _log.Add("10.0.0.2:10", "expired", "Refused 10.0.0.2:10: expired");
        Assert.Equal("Refused 10.0.0.2:10: expired", Texts()[^1]);
        Assert.Equal(5, Texts().Length);
    }

    [Fact]
    public void Callers_without_end_have_a_line_for_all()
    {
        for (var i = 0; i < 5000; i++)
        {
            _log.Add($"[2001:db8::{i:x}]:1", "forged", $"Refused caller {i}");
        }

        Assert.Equal(201, Texts().Length);
        _time.Now += RefusalLog.Period;
        _log.Sweep();
        Assert.Contains("(the last of 4799 more in 10 s)", Texts()[^1], StringComparison.Ordinal);
    }

    private string[] Texts() => [.. _lines.Entries.Select(entry => entry.Text)];

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
