using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>The cookie that a request is kept to its endpoint by.</summary>
/// <param name="Ttl">Lifetime of the cookie made where a request has none; zero for one of the session, null makes none.</param>
/// <param name="Attributes">Further attributes; flags have an empty value.</param>
internal sealed record HashCookie(string Name, string? Path, TimeSpan? Ttl, ImmutableArray<KeyValuePair<string, string>> Attributes);
