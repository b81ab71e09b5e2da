using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>A cookie that is made when the request has none.</summary>
public sealed record HttpCookieSpec
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its path.</summary>
    public string? Path { get; init; }

    /// <summary>Its lifetime; zero makes a session cookie, absent never makes one.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>Further attributes.</summary>
    public ImmutableArray<CookieAttributeSpec> Attributes { get; init; } = [];
}
