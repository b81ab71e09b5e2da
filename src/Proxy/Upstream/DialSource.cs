using System.Net;

namespace Mesh.Proxy.Upstream;

/// <summary>The address that a connection to an endpoint comes from.</summary>
/// <param name="IsOthers">It is a client's and not this host's: the socket has to be transparent.</param>
internal sealed record DialSource(IPAddress Address, bool IsOthers);
