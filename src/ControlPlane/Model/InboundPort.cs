namespace Mesh.ControlPlane.Model;

/// <summary>A port at which a workload serves, and the service that sends traffic there (the oldest, where several do).</summary>
internal sealed record InboundPort(int Port, PortProtocol Protocol, string ServiceHost, string ServiceNamespace, int ServicePortNumber);
