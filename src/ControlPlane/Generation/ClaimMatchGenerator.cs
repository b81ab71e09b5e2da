using Mesh.ControlPlane.Model;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>Conditions on claims, as Istio sends them: a claim may be a text or a list of texts.</summary>
internal static class ClaimMatchGenerator
{
    // Where the filter that verifies tokens leaves their payload.
    private const string Filter = ExtensionNames.JwtAuthentication;
    private const string Claims = "payload";

    public static Pb.MetadataMatcher Generate(NamedMatch claim, bool invert)
    {
        var matcher = new Pb.MetadataMatcher
        {
            Filter = Filter,
            Path = { new Pb.MetadataMatcher.Types.PathSegment { Key = Claims } },
            Value =
                claim.Value.Kind == StringMatchKind.Present
                    ? new() { PresentMatch = true }
                    : new()
                    {
                        OrMatch = new()
                        {
                            ValueMatchers =
                            {
                                Text(claim.Value),
                                new Pb.ValueMatcher { ListMatch = new() { OneOf = Text(claim.Value) } },
                            },
                        },
                    },
            Invert = invert,
        };
        matcher.Path.AddRange(ClaimName.PathOf(claim.Name).Select(key => new Pb.MetadataMatcher.Types.PathSegment { Key = key }));
        return matcher;
    }

    private static Pb.ValueMatcher Text(StringMatch value) => new() { StringMatch = RouteMatchGenerator.String(value) };
}
