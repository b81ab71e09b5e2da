namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>The kinds of <see cref="AttemptOutcome"/>.</summary>
internal enum AttemptEnd : byte
{
    Unknown,
    Answered,
    Connected,
    ConnectFailed,
    TimedOut,
    Reset,
}
