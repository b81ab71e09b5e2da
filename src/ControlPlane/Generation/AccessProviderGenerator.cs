using System.Collections.Immutable;
using Mesh.ControlPlane.Model;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>The filter that asks a provider.</summary>
internal static class AccessProviderGenerator
{
    /// <param name="key">Under which an earlier filter leaves the name of the policy that wants it asked.</param>
    public static Pb.ExtAuthz Generate(AccessProvider provider, string key)
    {
        var cluster = ResourceNames.Outbound(provider.Port, "", provider.Host);
        var filter = new Pb.ExtAuthz
        {
            TransportApiVersion = Pb.ApiVersion.V3,
            FailureModeAllow = provider.FailOpen,
            ClearRouteCache = provider.ClearRouteCache,
            StatusOnError = provider.StatusOnError == 0 ? null : new() { Code = (Pb.StatusCode)provider.StatusOnError },
            WithRequestBody = provider.Body is { } body
                ? new()
                {
                    MaxRequestBytes = (uint)body.MaxBytes,
                    AllowPartialMessage = body.AllowPartial,
                    PackAsBytes = body.AsBytes,
                }
                : null,
            FilterEnabledMetadata = Found(ExtensionNames.HttpRbac, key),
        };
        if (provider.Http)
        {
            filter.HttpService = Http(provider, cluster);
            filter.AllowedHeaders = Headers(provider.RequestHeaders);
        }
        else
        {
            filter.GrpcService = Grpc(provider, cluster);
        }

        return filter;
    }

    /// <summary>The same for connections that are not HTTP, which only a provider of gRPC can be asked about.</summary>
    public static Pb.NetworkExtAuthz.ExtAuthz GenerateForConnections(AccessProvider provider, string key) =>
        new()
        {
            StatPrefix = "tcp.",
            TransportApiVersion = Pb.ApiVersion.V3,
            FailureModeAllow = provider.FailOpen,
            GrpcService = Grpc(provider, ResourceNames.Outbound(provider.Port, "", provider.Host)),
            FilterEnabledMetadata = Found(ExtensionNames.NetworkRbac, key),
        };

    private static Pb.GrpcService Grpc(AccessProvider provider, string cluster) =>
        new()
        {
            // The cluster's name is no authority.
            EnvoyGrpc = new() { ClusterName = cluster, Authority = provider.Host },
            Timeout = XdsMessages.Duration(provider.Timeout),
        };

    private static Pb.MetadataMatcher Found(string filter, string key) =>
        new()
        {
            Filter = filter,
            Path = { new Pb.MetadataMatcher.Types.PathSegment { Key = key } },
            Value = new() { StringMatch = new() { Prefix = AccessRuleGenerator.CustomPrefix } },
        };

    private static Pb.HttpService Http(AccessProvider provider, string cluster)
    {
        var service = new Pb.HttpService
        {
            ServerUri = new()
            {
                Uri = $"http://{provider.Host}",
                Cluster = cluster,
                Timeout = XdsMessages.Duration(provider.Timeout),
            },
            PathPrefix = provider.PathPrefix,
        };
        if (!provider.AdditionalHeaders.IsEmpty)
        {
            service.AuthorizationRequest = new();
            service.AuthorizationRequest.HeadersToAdd.AddRange(
                provider.AdditionalHeaders.Select(header => new Pb.HeaderValue { Key = header.Key, Value = header.Value })
            );
        }

        if (!(provider.UpstreamHeaders.IsEmpty && provider.RefusalHeaders.IsEmpty && provider.ResponseHeaders.IsEmpty))
        {
            service.AuthorizationResponse = new()
            {
                AllowedUpstreamHeaders = Headers(provider.UpstreamHeaders),
                AllowedClientHeaders = Headers(provider.RefusalHeaders),
                AllowedClientHeadersOnSuccess = Headers(provider.ResponseHeaders),
            };
        }

        return service;
    }

    private static Pb.ListStringMatcher? Headers(ImmutableArray<string> names)
    {
        if (names.IsEmpty)
        {
            return null;
        }

        var list = new Pb.ListStringMatcher();
        list.Patterns.AddRange(names.Select(name => AccessMatchGenerator.Text(name, ignoreCase: true)));
        return list;
    }
}
