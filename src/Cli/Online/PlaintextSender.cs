namespace Mesh.Cli.Online;

/// <summary>Who sends plaintext to whom.</summary>
/// <param name="Proxy">The proxy that took it, by its pod's name.</param>
/// <param name="Client">Address.</param>
/// <param name="Pod">Of the client; empty for one without a sidecar.</param>
internal sealed record PlaintextSender(string Proxy, string Port, string Client, string Pod, long Connections);
