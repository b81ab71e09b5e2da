namespace Mesh.Proxy.Routing;

/// <summary>Writes pieces one after the other into a caller's buffer and remembers whether they all fitted.</summary>
internal ref struct SpanWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    public int Written { get; private set; }

    public bool Fits { get; private set; } = true;

    public void Write(scoped ReadOnlySpan<byte> bytes)
    {
        if (Fits && bytes.TryCopyTo(_destination[Written..]))
        {
            Written += bytes.Length;
        }
        else
        {
            Fits = false;
            Written = 0;
        }
    }
}
