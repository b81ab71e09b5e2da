using System.Collections.Immutable;
using Mesh.Proxy.Security.Authorization;
using Pb = Mesh.Xds.Pb;
using ValueMatch = Mesh.Proxy.Routing.ValueMatch;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: how an ext_authz filter has a service asked.</summary>
internal static class ExternalCheckReader
{
    // Envoy, ext_authz: where no time is given.
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMilliseconds(200);
    private const int MostBodyBytes = 1024 * 1024;

    public static ExternalCheck? Read(Pb.ExtAuthz filter, ProblemList problems)
    {
        var status = (int)(filter.StatusOnError?.Code ?? Pb.StatusCode.Forbidden);
        if (status is < 200 or > 599)
        {
            problems.Add("status_on_error", $"{status} is not a status that can be answered");
        }

        if (filter.WithRequestBody is { MaxRequestBytes: 0 or > MostBodyBytes } body)
        {
            problems.Add("with_request_body.max_request_bytes", $"is {body.MaxRequestBytes}, must be between 1 and {MostBodyBytes}");
            return null;
        }

        var check = filter.ServicesCase switch
        {
            Pb.ExtAuthz.ServicesOneofCase.GrpcService when Grpc(filter.GrpcService, problems) is { } grpc => grpc with
            {
                RequestHeaders = filter.AllowedHeaders is null ? default : Names(filter.AllowedHeaders, problems),
            },
            Pb.ExtAuthz.ServicesOneofCase.HttpService => Http(filter, problems),
            _ => null,
        };
        if (check is null)
        {
            problems.Add("services", "needs a grpc_service with envoy_grpc, or an http_service with a cluster");
            return null;
        }

        return check with
        {
            FailOpen = filter.FailureModeAllow,
            ClearsRoute = filter.ClearRouteCache,
            StatusOnError = status,
            BodyBytes = (int)(filter.WithRequestBody?.MaxRequestBytes ?? 0),
            AllowPartialBody = filter.WithRequestBody?.AllowPartialMessage ?? false,
            BodyAsBytes = filter.WithRequestBody?.PackAsBytes ?? false,
        };
    }

    /// <summary>The same for connections that are not HTTP.</summary>
    public static ExternalCheck? Read(Pb.NetworkExtAuthz.ExtAuthz filter, ProblemList problems)
    {
        if (Grpc(filter.GrpcService, problems) is { } check)
        {
            return check with { FailOpen = filter.FailureModeAllow };
        }

        problems.Add("grpc_service", "needs envoy_grpc with a cluster");
        return null;
    }

    private static ExternalCheck? Grpc(Pb.GrpcService? asked, ProblemList problems) =>
        asked?.EnvoyGrpc is { ClusterName.Length: > 0 } service
            ? new()
            {
                OverGrpc = true,
                ClusterName = service.ClusterName,
                Authority = service.Authority,
                Timeout = PbReading.Duration(asked.Timeout, DefaultTimeout, "grpc_service.timeout", problems),
                AddedHeaders = Values(asked.InitialMetadata),
            }
            : null;

    private static ExternalCheck? Http(Pb.ExtAuthz filter, ProblemList problems)
    {
        var service = filter.HttpService;
        if (service.ServerUri is not { Cluster.Length: > 0 } server)
        {
            return null;
        }

        var answer = service.AuthorizationResponse;
        return new()
        {
            OverGrpc = false,
            ClusterName = server.Cluster,
            Timeout = PbReading.Duration(server.Timeout, DefaultTimeout, "http_service.server_uri.timeout", problems),
            PathPrefix = service.PathPrefix,
            RequestHeaders = Names(filter.AllowedHeaders ?? service.AuthorizationRequest?.AllowedHeaders, problems),
            AddedHeaders = Values(service.AuthorizationRequest?.HeadersToAdd ?? []),
            UpstreamHeaders = Names(answer?.AllowedUpstreamHeaders, problems),
            UpstreamHeadersToAppend = Names(answer?.AllowedUpstreamHeadersToAppend, problems),
            RefusalHeaders = answer?.AllowedClientHeaders is { } refusal ? Names(refusal, problems) : default,
            ResponseHeaders = Names(answer?.AllowedClientHeadersOnSuccess, problems),
        };
    }

    private static ImmutableArray<ValueMatch> Names(Pb.ListStringMatcher? list, ProblemList problems) =>
        list is null ? [] : [.. list.Patterns.Select(pattern => RouteMatchReader.Text(pattern, problems)).OfType<ValueMatch>()];

    private static ImmutableArray<KeyValuePair<string, string>> Values(IEnumerable<Pb.HeaderValue> headers) =>
        [.. headers.Select(header => KeyValuePair.Create(header.Key, header.Value))];
}
