using System.Globalization;
using System.Text;

namespace Mesh.Proxy.Http1;

/// <summary>The Date header's value (RFC 9110 section 5.6.7), written once a second.</summary>
internal sealed class HttpDate(TimeProvider time)
{
    private Value _value = new(0, []);

    public ReadOnlySpan<byte> Now()
    {
        var now = time.GetUtcNow();
        var second = now.Ticks / TimeSpan.TicksPerSecond;
        var value = _value;
        if (value.Second != second)
        {
            value = new(second, Encoding.ASCII.GetBytes(now.ToString("R", CultureInfo.InvariantCulture)));
            _value = value;
        }

        return value.Text;
    }

    private sealed record Value(long Second, byte[] Text);
}
