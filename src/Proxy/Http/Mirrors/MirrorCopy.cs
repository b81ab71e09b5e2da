using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Http.Mirrors;

/// <summary>One copy: the message without its body, the endpoint it goes to, and that endpoint's cluster.</summary>
internal sealed record MirrorCopy(HttpRequestMessage Message, Cluster Cluster, Endpoint Endpoint);
