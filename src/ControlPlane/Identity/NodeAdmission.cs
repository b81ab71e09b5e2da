using Mesh.ControlPlane.Delivery;
using Mesh.Grpc;

namespace Mesh.ControlPlane.Identity;

/// <summary>
/// Who may follow xDS as which node: over TLS only who proved an identity, and only as a node of that identity. The plaintext port, where nobody can
/// prove anything, is for those whom the network lets near it.
/// </summary>
internal sealed class NodeAdmission(CallerAuthenticator callers, RefusalLog refusals)
{
    /// <summary>A <see cref="StreamAdmission"/>.</summary>
    /// <exception cref="GrpcException">UNAUTHENTICATED.</exception>
    public async ValueTask<StreamPass> AdmitAsync(GrpcServerContext context)
    {
        if (!context.IsEncrypted)
        {
            return StreamPass.Anybody;
        }

        var caller = await callers.AuthenticateAsync(context);
        // A token that bought a certificate must not open streams for somebody else as well.
        if (caller.Single?.IsSpent == true)
        {
            throw callers.Refuse(context, $"a join token of {caller.Identity} that is good for one use was used before");
        }

        return new(caller.Identity.Uri, (node, view) => Check(caller, node, view, context.Peer)) { Until = caller.Until };
    }

    private bool Check(Caller caller, NodeInfo node, IResourceView view, string peer)
    {
        if (Mismatch(caller, node, view.AccountOf(node)) is not { Length: > 0 } problem)
        {
            return true;
        }

        refusals.Add(peer, $"{node.Id} {problem}", $"Refused {caller.Identity} at {peer}, which claims to be node {node.Id}: {problem}");
        return false;
    }

    /// <summary>Empty where the node is one of the caller's.</summary>
    /// <param name="account">Of the workload that the node would be served as; null where no object describes it.</param>
    internal static string Mismatch(Caller caller, NodeInfo node, string? account)
    {
        var identity = caller.Identity;
        if (node.Namespace != identity.Namespace)
        {
            return $"the node is of namespace {node.Namespace}";
        }

        if (caller.Pod is not null && node.PodName != caller.Pod)
        {
            return $"the token is bound to pod {caller.Pod}";
        }

        // What the objects say counts; a pod that none describes yet has its own word alone.
        account ??= $"{node.Namespace}/{node.Metadata.GetValueOrDefault("SERVICE_ACCOUNT", identity.ServiceAccount)}";
        return account == $"{identity.Namespace}/{identity.ServiceAccount}" ? "" : $"the node is of service account {account}";
    }
}
