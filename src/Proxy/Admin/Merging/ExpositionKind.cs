namespace Mesh.Proxy.Admin.Merging;

/// <summary>What one line of a page of metrics is.</summary>
internal enum ExpositionKind
{
    /// <summary>Nothing that Prometheus could read: it would refuse the whole page.</summary>
    Malformed,

    /// <summary>Empty, or a comment.</summary>
    Comment,

    /// <summary>HELP, TYPE or UNIT of a family.</summary>
    Metadata,

    /// <summary>A value of a series.</summary>
    Sample,

    /// <summary>The last line of OpenMetrics.</summary>
    End,
}
