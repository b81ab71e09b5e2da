namespace Mesh.ControlPlane.Delivery;

/// <summary>A response that a session wants sent now, with what the sync status records of it.</summary>
/// <param name="IsPush">Caused by a change and not by a request.</param>
internal sealed record Outgoing<TResponse>(
    TResponse Response,
    string TypeUrl,
    string Nonce,
    string Version,
    int ResourceCount,
    bool IsPush,
    IResourceView View
);
