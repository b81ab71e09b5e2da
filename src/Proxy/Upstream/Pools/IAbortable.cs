namespace Mesh.Proxy.Upstream.Pools;

/// <summary>An exchange with an upstream that can be ended from outside, by any thread: what it waits for fails.</summary>
internal interface IAbortable
{
    void Abort();
}
