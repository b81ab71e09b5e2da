namespace Mesh.ControlPlane.Delivery;

/// <summary>What a session made of one request, for logs, metrics and the sync status.</summary>
/// <param name="Nonce">Of the response that was answered; empty otherwise.</param>
/// <param name="Error">The client's reason for a NACK, ours for a refusal; empty otherwise.</param>
internal readonly record struct RequestOutcome(RequestKind Kind, string TypeUrl, string Nonce = "", string Error = "");
