using Google.Protobuf.Reflection;

namespace Mesh.Xds.Tests;

/// <summary>The names and numbers that clients nobody here wrote rely on; a sample where a slip would go unnoticed.</summary>
public sealed class WireContractTests
{
    public static TheoryData<string, string, int> Fields()
    {
        var data = new TheoryData<string, string, int>();
        void Add(MessageDescriptor type, params (string Field, int Number)[] fields)
        {
            foreach (var (field, number) in fields)
            {
                Assert.True(type.FindFieldByName(field) is not null, $"{type.FullName} has no field {field}");
                data.Add($"{type.FullName}.{field}", type.FullName, number - type.FindFieldByName(field).FieldNumber);
            }
        }
        Add(
            Pb.DiscoveryRequest.Descriptor,
            ("version_info", 1),
            ("node", 2),
            ("resource_names", 3),
            ("type_url", 4),
            ("response_nonce", 5),
            ("error_detail", 6)
        );
        Add(
            Pb.DiscoveryResponse.Descriptor,
            ("version_info", 1),
            ("resources", 2),
            ("type_url", 4),
            ("nonce", 5),
            ("control_plane", 6),
            ("resource_errors", 7)
        );
        Add(
            Pb.DeltaDiscoveryRequest.Descriptor,
            ("node", 1),
            ("type_url", 2),
            ("resource_names_subscribe", 3),
            ("resource_names_unsubscribe", 4)
        );
        Add(Pb.DeltaDiscoveryRequest.Descriptor, ("initial_resource_versions", 5), ("response_nonce", 6), ("error_detail", 7));
        Add(
            Pb.DeltaDiscoveryResponse.Descriptor,
            ("system_version_info", 1),
            ("resources", 2),
            ("type_url", 4),
            ("nonce", 5),
            ("removed_resources", 6)
        );
        Add(Pb.Resource.Descriptor, ("version", 1), ("resource", 2), ("name", 3), ("aliases", 4), ("ttl", 6));
        Add(
            Pb.Node.Descriptor,
            ("id", 1),
            ("cluster", 2),
            ("metadata", 3),
            ("locality", 4),
            ("user_agent_name", 6),
            ("user_agent_version", 7),
            ("client_features", 10)
        );
        Add(
            Pb.Listener.Descriptor,
            ("address", 2),
            ("filter_chains", 3),
            ("use_original_dst", 4),
            ("listener_filters", 9),
            ("traffic_direction", 16)
        );
        Add(Pb.Listener.Descriptor, ("api_listener", 19), ("default_filter_chain", 25), ("bind_to_port", 26), ("additional_addresses", 33));
        Add(
            Pb.FilterChainMatch.Descriptor,
            ("prefix_ranges", 3),
            ("destination_port", 8),
            ("transport_protocol", 9),
            ("application_protocols", 10),
            ("server_names", 11)
        );
        Add(
            Pb.HttpConnectionManager.Descriptor,
            ("rds", 3),
            ("route_config", 4),
            ("http_filters", 5),
            ("http_protocol_options", 8),
            ("upgrade_configs", 23)
        );
        Add(
            Pb.HttpConnectionManager.Descriptor,
            ("stream_idle_timeout", 24),
            ("request_timeout", 28),
            ("common_http_protocol_options", 35)
        );
        Add(
            Pb.Route.Descriptor,
            ("match", 1),
            ("route", 2),
            ("redirect", 3),
            ("direct_response", 7),
            ("name", 14),
            ("non_forwarding_action", 18)
        );
        Add(
            Pb.RouteMatch.Descriptor,
            ("prefix", 1),
            ("path", 2),
            ("case_sensitive", 4),
            ("headers", 6),
            ("query_parameters", 7),
            ("safe_regex", 10),
            ("path_separated_prefix", 14)
        );
        Add(
            Pb.HeaderMatcher.Descriptor,
            ("exact_match", 4),
            ("range_match", 6),
            ("present_match", 7),
            ("invert_match", 8),
            ("prefix_match", 9),
            ("suffix_match", 10)
        );
        Add(
            Pb.HeaderMatcher.Descriptor,
            ("safe_regex_match", 11),
            ("contains_match", 12),
            ("string_match", 13),
            ("treat_missing_header_as_empty", 14)
        );
        Add(
            Pb.RouteAction.Descriptor,
            ("cluster", 1),
            ("weighted_clusters", 3),
            ("prefix_rewrite", 5),
            ("host_rewrite_literal", 6),
            ("timeout", 8),
            ("retry_policy", 9)
        );
        Add(
            Pb.RouteAction.Descriptor,
            ("hash_policy", 15),
            ("request_mirror_policies", 30),
            ("regex_rewrite", 32),
            ("max_stream_duration", 36)
        );
        Add(
            Pb.RetryPolicy.Descriptor,
            ("retry_on", 1),
            ("num_retries", 2),
            ("per_try_timeout", 3),
            ("retriable_status_codes", 7),
            ("retry_back_off", 8),
            ("per_try_idle_timeout", 13)
        );
        Add(
            Pb.Cluster.Descriptor,
            ("type", 2),
            ("eds_cluster_config", 3),
            ("lb_policy", 6),
            ("circuit_breakers", 10),
            ("outlier_detection", 19),
            ("transport_socket", 24)
        );
        Add(
            Pb.Cluster.Descriptor,
            ("load_assignment", 33),
            ("typed_extension_protocol_options", 36),
            ("load_balancing_policy", 41),
            ("lrs_server", 42),
            ("transport_socket_matches", 43)
        );
        Add(Pb.ClusterLoadAssignment.Descriptor, ("cluster_name", 1), ("endpoints", 2), ("policy", 4));
        Add(Pb.LocalityLbEndpoints.Descriptor, ("locality", 1), ("lb_endpoints", 2), ("load_balancing_weight", 3), ("priority", 5));
        Add(Pb.LbEndpoint.Descriptor, ("endpoint", 1), ("health_status", 2), ("metadata", 3), ("load_balancing_weight", 4));
        Add(
            Pb.CommonTlsContext.Descriptor,
            ("tls_params", 1),
            ("tls_certificates", 2),
            ("validation_context", 3),
            ("alpn_protocols", 4),
            ("tls_certificate_sds_secret_configs", 6)
        );
        return data;
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void A_field_has_its_public_number(string field, string type, int difference) =>
        Assert.True(difference == 0, $"{field} of {type} is off by {difference}");

    [Theory]
    [InlineData(typeof(Pb.Cluster), TypeUrls.Cluster)]
    [InlineData(typeof(Pb.ClusterLoadAssignment), TypeUrls.Endpoints)]
    [InlineData(typeof(Pb.Listener), TypeUrls.Listener)]
    [InlineData(typeof(Pb.RouteConfiguration), TypeUrls.Route)]
    [InlineData(typeof(Pb.Secret), TypeUrls.Secret)]
    public void A_type_url_is_the_full_name_of_its_message(Type message, string typeUrl)
    {
        var descriptor = (MessageDescriptor)message.GetProperty("Descriptor")!.GetValue(null)!;
        Assert.Equal(TypeUrls.Prefix + descriptor.FullName, typeUrl);
    }
}
