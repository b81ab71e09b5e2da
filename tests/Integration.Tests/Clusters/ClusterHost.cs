using System.Net;
using Mesh.ControlPlane;
using Mesh.ControlPlane.Delivery;
using Mesh.ControlPlane.Identity;
using Mesh.ControlPlane.Model;
using Mesh.Grpc;
using Mesh.Kubernetes.Access;
using Mesh.Xds;
using Microsoft.Extensions.Logging;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Integration.Tests.Clusters;

/// <summary>Control planes of this process that follow a cluster, and proxies that accept, or do not accept, what they are sent.</summary>
internal static class ClusterHost
{
    private static readonly IPEndPoint Any = new(IPAddress.Loopback, 0);

    /// <summary>One replica.</summary>
    /// <param name="webhook">Whether it keeps the caBundle of a configuration that is called as the root namespace.</param>
    /// <param name="access">As whom; unless given, as the tests themselves.</param>
    public static async Task<ControlPlaneHost> StartAsync(
        TestCluster cluster,
        string root,
        string identity,
        bool webhook = false,
        ClusterAccess? access = null
    )
    {
        var host = ControlPlaneHost.Build(
            new(null, Any, Any, MeshSettings.Default with { RootNamespace = root })
            {
                Identity = new IdentityOptions { SecureAds = Any },
                Kubernetes = new KubernetesOptions(access ?? cluster.Access)
                {
                    Identity = identity,
                    Webhook = webhook ? Any : null,
                    WebhookConfiguration = root,
                },
            },
            logging => logging.SetMinimumLevel(LogLevel.None)
        );
        await host.StartAsync();
        await Cli.Processes.Wait.UntilAsync(
            "the first state",
            TestCluster.Bound,
            () => Task.FromResult(host.Store.Current is not null),
            CancellationToken.None
        );
        return host;
    }

    /// <summary>A proxy that asks for clusters until it is cancelled and accepts each answer, or refuses each.</summary>
    public static async Task FollowAsync(ControlPlaneHost host, string pod, string ns, bool refuses, CancellationToken stopping)
    {
        using var channel = new GrpcChannel(new Uri($"http://{host.Ads}"));
        await using var stream = channel.OpenDuplex(DiscoveryService.SotwMethod);
        await stream.WriteAsync(
            new Pb.DiscoveryRequest
            {
                Node = new Pb.Node { Id = $"sidecar~127.0.0.9~{pod}.{ns}~{ns}.svc.cluster.local" },
                TypeUrl = TypeUrls.Cluster,
            },
            CancellationToken.None
        );
        var accepted = "";
        try
        {
            while (await stream.MoveNextAsync(stopping))
            {
                accepted = refuses ? accepted : stream.Current.VersionInfo;
                await stream.WriteAsync(
                    new Pb.DiscoveryRequest
                    {
                        TypeUrl = TypeUrls.Cluster,
                        VersionInfo = accepted,
                        ResponseNonce = stream.Current.Nonce,
                        ErrorDetail = refuses ? new Pb.Status { Code = 3, Message = "not this one" } : null,
                    },
                    CancellationToken.None
                );
            }
        }
        catch (Exception e) when (e is OperationCanceledException or GrpcException)
        {
            // The test, or the control plane, ends.
        }
    }
}
