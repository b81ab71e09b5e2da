using System.Net;

namespace Mesh.Proxy.Connections;

/// <summary>The address of a Kestrel listener that gets its connections from the demultiplexer instead of a socket.</summary>
internal sealed class InProcessEndPoint(string name) : EndPoint
{
    public override string ToString() => name;
}
