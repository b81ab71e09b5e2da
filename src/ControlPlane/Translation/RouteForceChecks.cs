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
        Headers(rule.Headers, path.Field("headers"), rule.Location);
        for (var i = 0; i < rule.Route.Length; i++)
        {
            Headers(rule.Route[i].Headers, path.Field("route").Index(i).Field("headers"), rule.Route[i].Location);
        }

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

    // Envoy reads values as formats: %REQ(name)% and its like, and %% for a per cent sign.
    private void Headers(HeadersSpec? headers, FieldPath path, SourceLocation location)
    {
        foreach (var (side, edits) in new[] { ("request", headers?.Request), ("response", headers?.Response) })
        {
            foreach (var (operation, values) in new[] { ("set", edits?.Set), ("add", edits?.Add) })
            {
                foreach (var (name, _) in values?.Where(value => value.Value.Contains('%', StringComparison.Ordinal)) ?? [])
                {
                    Say(
                        true,
                        path.Field(side).Field(operation).Key(name),
                        "nothing is filled in for operators such as %REQ(name)%, so the value is sent as it is written, per cent signs too",
                        location
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
