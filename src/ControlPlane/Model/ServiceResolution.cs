namespace Mesh.ControlPlane.Model;

/// <summary>How a service's endpoints are found.</summary>
internal enum ServiceResolution
{
    /// <summary>The listed endpoints.</summary>
    Endpoints,

    /// <summary>The listed endpoints of a service without virtual IP; each endpoint can also be dialled by its own name or address.</summary>
    Headless,

    /// <summary>Endpoint addresses are DNS names that the proxy resolves (ServiceEntry DNS, ExternalName).</summary>
    Dns,

    /// <summary>Wherever the client was going (ServiceEntry NONE).</summary>
    OriginalDestination,
}
