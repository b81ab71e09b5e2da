namespace Mesh.Config.Specs;

/// <summary>A redirect answer.</summary>
public sealed record RedirectSpec
{
    /// <summary>New path that replaces the whole path; exclusive with PrefixRewrite.</summary>
    public string? Uri { get; init; }

    /// <summary>Replaces the matched prefix of the path; exclusive with Uri.</summary>
    public string? PrefixRewrite { get; init; }

    /// <summary>New authority.</summary>
    public string? Authority { get; init; }

    /// <summary>New scheme, `http` or `https`.</summary>
    public string? Scheme { get; init; }

    /// <summary>New port; exclusive with DerivePort.</summary>
    public int? Port { get; init; }

    /// <summary>How to derive the port; exclusive with Port.</summary>
    public RedirectPortMode? DerivePort { get; init; }

    /// <summary>301 (default), 302, 303, 307 or 308.</summary>
    public int? RedirectCode { get; init; }
}
