namespace Mesh.Proxy.Security.Authorization;

/// <summary>The client dialled a port.</summary>
internal sealed class PortCondition(int port) : AccessCondition
{
    public override int Cost => 1;

    public override bool Holds(in AccessSubject subject) => subject.Port == port;

    public override string ToString() => $"the port is {port}";
}
