using Mesh.Startup;

namespace Mesh.ControlPlane.Identity;

/// <summary>One way to tell whose a bearer token is: <see cref="JoinTokens"/>, <see cref="TokenReviewer"/>.</summary>
internal delegate ValueTask<TokenVerdict> TokenReader(Redacted token, CancellationToken cancellation);
