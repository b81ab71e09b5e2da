using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>One attribute has one of the values, where there are any, and none of the others. A value may have <c>*</c> at one end.</summary>
internal sealed record AccessTerm(AccessAttribute Attribute, ImmutableArray<string> Values, ImmutableArray<string> NotValues)
{
    /// <summary>For attributes of which there are many.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>Connections that are not HTTP have no such thing.</summary>
    public bool IsHttpOnly =>
        Attribute
            is AccessAttribute.RequestPrincipal
                or AccessAttribute.Host
                or AccessAttribute.Method
                or AccessAttribute.Path
                or AccessAttribute.Header
                or AccessAttribute.Claim
                or AccessAttribute.Audience
                or AccessAttribute.Presenter;
}
