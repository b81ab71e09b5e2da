namespace Mesh.Proxy.Http.ToHttp1;

/// <summary>An attempt that ended without an answer, with its reason in this proxy's words.</summary>
internal sealed class AttemptException(Failure failure, string message, Exception? inner = null) : IOException(message, inner)
{
    public Failure Failure => failure;
}
