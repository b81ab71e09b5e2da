namespace Mesh.Proxy.Routing.Formats;

/// <summary>The facts of one request, from which formats of header values are filled in.</summary>
internal interface IFormatValues
{
    /// <summary>The value as it goes on the wire, empty where nothing is known; this thread's until it fills in the next.</summary>
    ReadOnlySpan<byte> Fill(ValueFormat format);
}
