namespace Mesh.Proxy.Http;

/// <summary>What a service said about a request.</summary>
internal enum CheckVerdict : byte
{
    /// <summary>It could not be asked, or its answer made no sense.</summary>
    Failed,
    Allowed,
    Denied,
}
