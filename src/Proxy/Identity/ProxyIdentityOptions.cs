namespace Mesh.Proxy.Identity;

/// <summary>What a proxy needs to get its certificate: whom it trusts first, and how it proves who it is.</summary>
/// <param name="MeshRoot">A PEM file of the roots that the control plane's certificate may chain to; read for each connection.</param>
/// <param name="Token">A file with the join token or service-account token; read for each connection, because tokens are renewed.</param>
internal sealed record ProxyIdentityOptions(string MeshRoot, string Token);
