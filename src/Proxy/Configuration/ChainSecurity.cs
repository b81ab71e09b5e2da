using Mesh.Proxy.Routing.NormalForm;
using Mesh.Proxy.Security.Authorization;
using Mesh.Proxy.Security.Tokens;

namespace Mesh.Proxy.Configuration;

/// <summary>What a filter chain asks of its traffic before a rule is carried out; each part is null where nothing is asked.</summary>
internal sealed record ChainSecurity
{
    public static ChainSecurity None { get; } = new();

    /// <summary>How requests are made ready before any part of this, or a route, reads them.</summary>
    public RequestForm Form { get; init; } = RequestForm.AsReceived;

    /// <summary>Which tokens are taken, before routes and policies ask for their claims.</summary>
    public TokenRules? Tokens { get; init; }

    /// <summary>Who may do what.</summary>
    public AuthorizationPlan? Authorization { get; init; }
}
