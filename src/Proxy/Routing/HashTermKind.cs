namespace Mesh.Proxy.Routing;

/// <summary>Where a <see cref="HashTerm"/> looks.</summary>
internal enum HashTermKind : byte
{
    Header,
    Cookie,
    SourceIp,
    QueryParameter,
}
