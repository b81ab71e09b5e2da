using System.Collections.Immutable;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Routing.Mirrors;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: where a route's copies go, without clusters.</summary>
internal static class MirrorReader
{
    public static ImmutableArray<MirrorPolicy> Read(Pb.RouteAction action, ProblemList problems)
    {
        var mirrors = ImmutableArray.CreateBuilder<MirrorPolicy>();
        for (var i = 0; i < action.RequestMirrorPolicies.Count; i++)
        {
            using var inMirror = problems.In("request_mirror_policies", i);
            var policy = action.RequestMirrorPolicies[i];
            if (policy.Cluster.Length == 0)
            {
                problems.Add("cluster", "is missing; cluster_header is not supported");
                continue;
            }

            var share = RouteFilterReader.Fraction(policy.RuntimeFraction?.DefaultValue, Fraction.All);
            if (share.Numerator > 0)
            {
                mirrors.Add(
                    new()
                    {
                        ClusterName = policy.Cluster,
                        Cluster = null,
                        Share = share,
                        MarksAuthority = !policy.DisableShadowHostSuffixAppend,
                    }
                );
            }
        }

        return mirrors.ToImmutable();
    }
}
