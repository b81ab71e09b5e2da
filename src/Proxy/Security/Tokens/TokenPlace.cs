namespace Mesh.Proxy.Security.Tokens;

/// <summary>Kinds of <see cref="TokenLocation"/>.</summary>
internal enum TokenPlace : byte
{
    Header,
    Parameter,
    Cookie,
}
