using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>Cross-origin resource sharing policy.</summary>
public sealed record CorsSpec
{
    /// <summary>Origins allowed; the old `allowOrigin` appears here too.</summary>
    public ImmutableArray<StringMatchSpec> AllowOrigins { get; init; } = [];

    /// <summary>Methods allowed.</summary>
    public ImmutableArray<string> AllowMethods { get; init; } = [];

    /// <summary>Request headers allowed.</summary>
    public ImmutableArray<string> AllowHeaders { get; init; } = [];

    /// <summary>Response headers scripts may read.</summary>
    public ImmutableArray<string> ExposeHeaders { get; init; } = [];

    /// <summary>How long browsers may keep a preflight answer; sent in whole seconds.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>Whether credentials are allowed.</summary>
    public bool? AllowCredentials { get; init; }

    /// <summary>What happens to other preflights; absent means Forward.</summary>
    public UnmatchedPreflights? UnmatchedPreflights { get; init; }
}
