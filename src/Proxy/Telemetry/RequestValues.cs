using Mesh.Proxy.Routing.Formats;

namespace Mesh.Proxy.Telemetry;

/// <summary>Fills in header values of one request from its record; kept and used again with it.</summary>
internal sealed class RequestValues(RequestRecord record, TimeProvider time) : IFormatValues
{
    [ThreadStatic]
    private static LogLine? _value;

    /// <summary>What <c>%RESP(name)%</c> reads: set while a response's head is written.</summary>
    public ResponseFields Response { get; set; }

    public ReadOnlySpan<byte> Fill(ValueFormat format)
    {
        var value = _value ??= new();
        value.Clear();
        FormatWriter.Write(value, format, record, time, escape: false, Response);
        // Everything that can stand here was checked where it came in; a header's end must not depend on that.
        return value.Bytes.ContainsAny((byte)'\r', (byte)'\n', (byte)0) ? default : value.Bytes.Trim((byte)' ');
    }
}
