namespace Mesh.ControlPlane.Generation;

/// <summary>What of a match is decided while generating for a client, in the order in which it is asked.</summary>
internal enum ClientCondition
{
    Port,
    Gateways,
    SourceLabels,
    SourceNamespace,
}
