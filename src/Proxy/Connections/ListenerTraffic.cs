using Mesh.Proxy.Configuration;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Connections;

/// <summary>What may be spoken on a connection, and the tables that decide about it. All null: nobody takes it.</summary>
internal readonly record struct ListenerTraffic(ListenerConfig? Listener, RouteTable? Http, WeightedDestinations? Tcp);
