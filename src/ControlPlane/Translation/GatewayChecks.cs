using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Finds gateways that nobody made, and match blocks that name none of those their object is bound to.</summary>
internal static class GatewayChecks
{
    private static readonly FieldPath Spec = FieldPath.Root.Field("spec");

    public static void Check(
        ImmutableArray<ConfigObject<VirtualServiceSpec>> items,
        ImmutableArray<ConfigObject<GatewaySpec>> gateways,
        MeshSettings settings,
        Findings findings
    )
    {
        var known = gateways.Select(gateway => $"{gateway.Key.Namespace}/{gateway.Key.Name}").ToHashSet(StringComparer.Ordinal);
        foreach (var item in items)
        {
            // A delegate has none of its own: those of the object that delegates to it hold.
            if (item.Spec.Hosts.IsEmpty)
            {
                continue;
            }

            for (var i = 0; i < item.Spec.Gateways.Length; i++)
            {
                var name = MatchTranslator.Gateways([item.Spec.Gateways[i]], item.Key.Namespace, settings)[0];
                if (name != MatchTranslator.MeshGateway && !known.Contains(name))
                {
                    findings.Add(
                        TranslationCodes.UnknownGateway,
                        item,
                        Spec.Field("gateways").Index(i),
                        $"'{item.Spec.Gateways[i]}' means {name}, and there is no such Gateway{Listed(known)}; these rules have no effect there;"
                            + " write NAMESPACE/NAME of a Gateway, or mesh for the sidecars"
                    );
                }
            }

            CheckMatches(item, settings, findings);
        }
    }

    private static void CheckMatches(ConfigObject<VirtualServiceSpec> item, MeshSettings settings, Findings findings)
    {
        var bound = MatchTranslator.Gateways(item.Spec.Gateways, item.Key.Namespace, settings);
        bound = bound.IsEmpty ? [MatchTranslator.MeshGateway] : bound;
        for (var i = 0; i < item.Spec.Http.Length; i++)
        {
            for (var m = 0; m < item.Spec.Http[i].Match.Length; m++)
            {
                var match = item.Spec.Http[i].Match[m];
                Check(match.Gateways, Spec.Field("http").Index(i).Field("match").Index(m), match.Location);
            }
        }

        for (var i = 0; i < item.Spec.Tls.Length; i++)
        {
            for (var m = 0; m < item.Spec.Tls[i].Match.Length; m++)
            {
                var match = item.Spec.Tls[i].Match[m];
                Check(match.Gateways, Spec.Field("tls").Index(i).Field("match").Index(m), match.Location);
            }
        }

        for (var i = 0; i < item.Spec.Tcp.Length; i++)
        {
            for (var m = 0; m < item.Spec.Tcp[i].Match.Length; m++)
            {
                var match = item.Spec.Tcp[i].Match[m];
                Check(match.Gateways, Spec.Field("tcp").Index(i).Field("match").Index(m), match.Location);
            }
        }

        void Check(ImmutableArray<string> written, FieldPath path, SourceLocation location)
        {
            var named = MatchTranslator.Gateways(written, item.Key.Namespace, settings);
            if (!named.IsEmpty && !named.Any(name => bound.Contains(name, StringComparer.Ordinal)))
            {
                findings.Add(
                    TranslationCodes.MatchNeverHolds,
                    item,
                    path.Field("gateways"),
                    $"names {string.Join(", ", named)}, and spec.gateways binds these rules to {string.Join(", ", bound)} only, so this match takes"
                        + " nothing; add the gateway to spec.gateways, or remove it here",
                    location
                );
            }
        }
    }

    private static string Listed(HashSet<string> known) =>
        known.Count == 0 ? "" : $" (known: {string.Join(", ", known.Order(StringComparer.Ordinal).Take(10))})";
}
