namespace Mesh.Proxy.Routing;

/// <summary>One header line inside a <see cref="RequestHead"/>.</summary>
internal struct HeaderSlot
{
    public HeadSlice Name;
    public HeadSlice Value;
    public KnownHeader Known;
}
