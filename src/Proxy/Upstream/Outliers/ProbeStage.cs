namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>How far an ejected endpoint is on its way back, where it has to show first that it is well.</summary>
internal enum ProbeStage
{
    /// <summary>Not on its way: healthy, or its ejection time is not over.</summary>
    None,

    /// <summary>The next request goes there.</summary>
    Due,

    /// <summary>A request is there, and its end decides.</summary>
    Sent,
}
