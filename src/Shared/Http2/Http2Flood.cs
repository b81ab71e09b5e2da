namespace Mesh.Http2;

/// <summary>Why a peer of HTTP/2 was cut off.</summary>
internal enum Http2Flood : byte
{
    None,

    /// <summary>PING, SETTINGS, PRIORITY, empty and unknown frames, which cost us more than their sender.</summary>
    ControlFrames,

    /// <summary>Streams reset right after they were opened (CVE-2023-44487).</summary>
    Resets,

    /// <summary>Windows opened more often than anything is sent through them.</summary>
    WindowUpdates,

    /// <summary>A head in endless pieces (CVE-2024-27919, CVE-2024-30255).</summary>
    Continuations,
}
