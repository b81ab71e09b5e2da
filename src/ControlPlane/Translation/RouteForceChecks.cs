using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Names every part of a VirtualService that sidecars do not act on yet; what asks for nothing but what happens anyway is left alone.</summary>
internal sealed class RouteForceChecks(ConfigObject<VirtualServiceSpec> owner, Findings findings)
{
    private static readonly FieldPath Spec = FieldPath.Root.Field("spec");

    public static void Check(ConfigObject<VirtualServiceSpec> owner, Findings findings)
    {
        var checks = new RouteForceChecks(owner, findings);
        checks.Gateways();
        if (!IsForSidecars(owner.Spec.Gateways))
        {
            // Nothing in it has any effect, which has been said.
            return;
        }

        for (var i = 0; i < owner.Spec.Http.Length; i++)
        {
            checks.Http(owner.Spec.Http[i], Spec.Field("http").Index(i));
        }
    }

    private void Gateways()
    {
        var rest = IsForSidecars(owner.Spec.Gateways) ? "sidecars alone" : "nobody";
        for (var i = 0; i < owner.Spec.Gateways.Length; i++)
        {
            Say(
                owner.Spec.Gateways[i] != MatchTranslator.MeshGateway,
                Spec.Field("gateways").Index(i),
                $"gateways are not served, so these rules hold for {rest}",
                owner.Location
            );
        }
    }

    private void Http(HttpRouteSpec rule, FieldPath path)
    {
        for (var i = 0; i < rule.Match.Length; i++)
        {
            var match = rule.Match[i];
            foreach (var (field, names) in new[] { ("headers", match.Headers.Keys), ("withoutHeaders", match.WithoutHeaders.Keys) })
            {
                foreach (var name in names.Where(ClaimName.Is))
                {
                    Say(
                        true,
                        path.Field("match").Index(i).Field(field).Key(name),
                        "tokens are verified where requests come in, so what a sidecar sends has no claims to match",
                        match.Location
                    );
                }
            }
        }
    }

    private static bool IsForSidecars(ImmutableArray<string> gateways) =>
        gateways.IsEmpty || gateways.Contains(MatchTranslator.MeshGateway, StringComparer.Ordinal);

    private void Say(bool written, FieldPath path, string consequence, SourceLocation location)
    {
        if (written)
        {
            findings.NotInForce(owner, path, consequence, location);
        }
    }
}
