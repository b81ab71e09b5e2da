namespace Mesh.Config.Specs;

/// <summary>How a redirect derives its port.</summary>
public enum RedirectPortMode
{
    /// <summary>80 for http, 443 for https.</summary>
    FromProtocolDefault,

    /// <summary>The port the request came to.</summary>
    FromRequestPort,
}
