namespace Mesh.Proxy.Security.Authorization;

/// <summary>One filter of a chain that may refuse; a chain's are done in their order.</summary>
internal abstract record AuthorizationStep
{
    private AuthorizationStep() { }

    /// <summary>Policies that decide by themselves.</summary>
    /// <param name="Enforced">Null for none.</param>
    /// <param name="DryRun">Decided and counted only; null for none.</param>
    internal sealed record Rules(AccessRules? Enforced, AccessRules? DryRun) : AuthorizationStep;

    /// <summary>A service that is asked.</summary>
    /// <param name="When">Policies of which one has to match; null for always.</param>
    internal sealed record Ask(ExternalCheck Check, AccessRules? When) : AuthorizationStep;
}
