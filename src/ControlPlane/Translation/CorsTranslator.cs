using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Cross-origin policies.</summary>
internal static class CorsTranslator
{
    public static CrossOriginPolicy? Translate(CorsSpec? spec) =>
        spec is null
            ? null
            : new(
                [.. spec.AllowOrigins.Select(origin => MatchTranslator.Value(origin)!)],
                spec.AllowMethods,
                spec.AllowHeaders,
                spec.ExposeHeaders,
                spec.MaxAge,
                spec.AllowCredentials,
                spec.UnmatchedPreflights == UnmatchedPreflights.Ignore
            );
}
