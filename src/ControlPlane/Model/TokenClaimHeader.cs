namespace Mesh.ControlPlane.Model;

/// <summary>A header that gets one claim; names of nested ones are joined by dots.</summary>
internal sealed record TokenClaimHeader(string Header, string Claim);
