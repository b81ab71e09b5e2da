namespace Mesh.ControlPlane.Identity;

/// <summary>The authority's store or a token file cannot be used; the message has every reason and what to do, and no secret.</summary>
internal sealed class IdentityException(string message, Exception? inner = null) : Exception(message, inner);
