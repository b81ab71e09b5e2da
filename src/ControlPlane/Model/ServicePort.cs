namespace Mesh.ControlPlane.Model;

/// <summary>One port of a service as clients dial it.</summary>
internal sealed record ServicePort(int Number, string Name, PortProtocol Protocol);
