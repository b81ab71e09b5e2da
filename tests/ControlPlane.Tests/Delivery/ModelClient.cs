using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Tests.Delivery;

/// <summary>
/// What a client holds and asks for, in the manner of Envoy: all clusters and listeners, the endpoints of every cluster, the route
/// of every listener; a new or changed cluster warms until endpoints come.
/// </summary>
internal abstract class ModelClient<TRequest, TResponse>
{
    public static readonly string[] Types = [TypeUrls.Cluster, TypeUrls.Endpoints, TypeUrls.Listener, TypeUrls.Route];

    public Dictionary<string, SortedDictionary<string, XdsResource>> Held { get; } =
        Types.ToDictionary(t => t, _ => new SortedDictionary<string, XdsResource>(StringComparer.Ordinal));

    public SortedSet<string> Warming { get; } = [];

    public LinkedList<TRequest> ToServer { get; } = new();

    /// <summary>Opens a stream: the first requests of every type.</summary>
    public abstract void Connect();

    public abstract void Receive(TResponse response, bool refuse);

    public abstract string TypeOf(TResponse response);

    public abstract string NonceOf(TResponse response);

    /// <summary>Clusters that a held route names and that the client does not have.</summary>
    public IEnumerable<string> DanglingReferences() =>
        Held[TypeUrls.Route]
            .Values.SelectMany(r => r.Unpack(Pb.RouteConfiguration.Parser).VirtualHosts[0].Routes)
            .Select(r => r.Route_.Cluster)
            .Where(c => !Held[TypeUrls.Cluster].ContainsKey(c));

    /// <summary>Takes over resources; true where a cluster is new or changed.</summary>
    protected void Apply(XdsResource resource)
    {
        if (resource.TypeUrl == TypeUrls.Cluster && Held[TypeUrls.Cluster].GetValueOrDefault(resource.Name)?.Version != resource.Version)
        {
            Warming.Add(resource.Name);
        }
        if (resource.TypeUrl == TypeUrls.Endpoints)
        {
            Warming.Remove(resource.Name);
        }
        Held[resource.TypeUrl][resource.Name] = resource;
    }

    protected void Remove(string typeUrl, string name)
    {
        Held[typeUrl].Remove(name);
        if (typeUrl == TypeUrls.Cluster)
        {
            Warming.Remove(name);
            Held[TypeUrls.Endpoints].Remove(name);
        }
        if (typeUrl == TypeUrls.Listener)
        {
            Held[TypeUrls.Route].Remove(name);
        }
    }

    /// <summary>The names that a type's subscription should have now; null for a wildcard.</summary>
    protected SortedSet<string>? Wanted(string typeUrl) =>
        typeUrl switch
        {
            TypeUrls.Endpoints => [.. Held[TypeUrls.Cluster].Keys],
            TypeUrls.Route => [.. Held[TypeUrls.Listener].Keys],
            _ => null,
        };
}
