namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>Which of an endpoint's counts of errors in a row have reached their limit.</summary>
[Flags]
internal enum ConsecutiveErrors : byte
{
    None = 0,
    Gateway = 1,
    Any5xx = 2,
    LocalOrigin = 4,
}
