namespace Mesh.Proxy.Lifecycle;

/// <summary>What <see cref="WaitCommand"/> waits for.</summary>
internal enum WaitGoal
{
    /// <summary>That the proxy takes traffic: a postStart hook, which holds the containers behind it.</summary>
    Ready,

    /// <summary>That no application of the pod listens or has a connection any more: a preStop hook, which keeps the proxy until the others have gone.</summary>
    Applications,
}
