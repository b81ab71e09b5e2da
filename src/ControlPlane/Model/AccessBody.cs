namespace Mesh.ControlPlane.Model;

/// <summary>How much of a request's body a provider sees.</summary>
internal sealed record AccessBody(int MaxBytes, bool AllowPartial, bool AsBytes);
