using System.Collections.Immutable;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: decodes one resource and says everything that is wrong with it by itself; whether what it refers to exists is no part of that.</summary>
internal static class ResourceReader
{
    /// <summary>Null where the resource cannot be used, with every reason in <paramref name="reasons"/>.</summary>
    public static XdsEntry? Read(string typeUrl, string name, string version, Any body, DateTimeOffset at, List<string> reasons)
    {
        var problems = new ProblemList();
        var entry = typeUrl switch
        {
            TypeUrls.Cluster => Read<Pb.Cluster>(
                m => m.Name,
                m =>
                {
                    var settings = ClusterReader.Read(m, problems);
                    return (settings, ClusterReader.References(settings));
                }
            ),
            TypeUrls.Endpoints => Read<Pb.ClusterLoadAssignment>(
                m => m.ClusterName,
                m => (new AssignedEndpoints(EndpointReader.Read(m, namesAllowed: false, problems)), [])
            ),
            TypeUrls.Listener => Read<Pb.Listener>(
                m => m.Name,
                m =>
                {
                    var plan = ListenerReader.Read(m, version, problems);
                    return (plan, problems.IsEmpty ? ListenerReader.References(plan) : []);
                }
            ),
            TypeUrls.Route => Read<Pb.RouteConfiguration>(
                m => m.Name,
                m =>
                {
                    var table = RouteReader.Read(m, version, problems);
                    return (table, RouteReader.References(table));
                }
            ),
            TypeUrls.Secret => Read<Pb.Secret>(m => m.Name, m => (SecretReader.Read(m, problems), [])),
            _ => throw new ArgumentOutOfRangeException(nameof(typeUrl), typeUrl, "no such resource type"),
        };
        reasons.AddRange(problems.Problems);
        return problems.IsEmpty ? entry : null;

        XdsEntry? Read<T>(Func<T, string> nameOf, Func<T, (object, IEnumerable<ResourceRef>)> understand)
            where T : class, IMessage<T>, new()
        {
            if (PbReading.Unpack<T>(body, "", problems) is not { } message)
            {
                return null;
            }

            if (nameOf(message) != name)
            {
                problems.Add("name", $"the resource calls itself '{nameOf(message)}'");
            }

            var (meaning, references) = understand(message);
            ImmutableArray<ResourceRef> distinct = problems.IsEmpty ? [.. references.Distinct()] : [];
            return new XdsEntry(typeUrl, name, version, message, meaning, distinct, problems.Notes, at);
        }
    }
}
