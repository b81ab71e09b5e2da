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

        checks.Connections();
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
                        "no token is verified, so that no request has claims",
                        match.Location
                    );
                }
            }
        }

        for (var i = 0; i < rule.Mirrors.Length; i++)
        {
            Say(
                rule.Mirrors[i].Percentage is not 0,
                rule.Mirrors.Length == 1 ? path.Field("mirror") : path.Field("mirrors").Index(i),
                "no copies are sent",
                rule.Mirrors[i].Location
            );
        }
    }

    // To leave out one such rule would hand its connections to the next, so the proxy refuses all of the listener.
    private void Connections()
    {
        for (var i = 0; i < owner.Spec.Tls.Length; i++)
        {
            var matches = owner.Spec.Tls[i].Match;
            for (var m = 0; m < matches.Length; m++)
            {
                var at = Spec.Field("tls").Index(i).Field("match").Index(m);
                var sidecars = IsForSidecars(matches[m].Gateways);
                Say(sidecars && !matches[m].SniHosts.IsEmpty, at.Field("sniHosts"), Refused("server name"), matches[m].Location);
                Subnets(sidecars ? matches[m].DestinationSubnets : [], at, matches[m].Location);
            }
        }

        for (var i = 0; i < owner.Spec.Tcp.Length; i++)
        {
            var matches = owner.Spec.Tcp[i].Match;
            for (var m = 0; m < matches.Length; m++)
            {
                Subnets(
                    IsForSidecars(matches[m].Gateways) ? matches[m].DestinationSubnets : [],
                    Spec.Field("tcp").Index(i).Field("match").Index(m),
                    matches[m].Location
                );
            }
        }
    }

    private void Subnets(ImmutableArray<string> subnets, FieldPath match, SourceLocation location) =>
        Say(!subnets.IsEmpty, match.Field("destinationSubnets"), Refused("destination address"), location);

    private static string Refused(string by) =>
        $"sidecars do not tell connections apart by {by}, and rather than sent astray, TCP and TLS connections to such a port are closed";

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
