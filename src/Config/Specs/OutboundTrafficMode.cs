namespace Mesh.Config.Specs;

/// <summary>What happens to unknown destinations.</summary>
public enum OutboundTrafficMode
{
    /// <summary>They are refused.</summary>
    RegistryOnly,

    /// <summary>They are passed through.</summary>
    AllowAny,
}
