using System.Collections.Immutable;
using System.Globalization;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>PeerAuthentications as rules, in the order in which they win.</summary>
internal static class PeerTranslator
{
    public static ImmutableArray<PeerRule> Translate(ImmutableArray<ConfigObject<PeerAuthenticationSpec>> objects, Findings findings)
    {
        var rules = ImmutableArray.CreateBuilder<PeerRule>();
        var owners = new Dictionary<(string, Labels), ConfigObject>();
        // One that stands in for a refused object closes what that was for, whoever is older.
        foreach (var item in objects.OrderByDescending(item => item.Spec.IsRefused).ThenBy(item => item, ConflictOrder.Instance))
        {
            var labels = new Labels(item.Spec.Selector);
            if (!owners.TryAdd((item.Key.Namespace, labels), item))
            {
                var winner = owners[(item.Key.Namespace, labels)];
                findings.Add(
                    TranslationCodes.DuplicateScope,
                    item,
                    FieldPath.Root.Field("spec").Field("selector"),
                    $"{winner.Key} ({winner.Location}), which {ConflictOrder.Reason(winner, item)}, is for the same workloads, so this one has no"
                        + " effect; merge them or give them different selectors"
                );
            }

            rules.Add(
                new(
                    item.Key.Namespace,
                    item.Key.Name,
                    labels,
                    Mode(item.Spec.Mtls),
                    item.Spec.PortLevelMtls.ToImmutableSortedDictionary(
                        port => int.Parse(port.Key, CultureInfo.InvariantCulture),
                        port => Mode(port.Value)
                    ),
                    HostNames.Source(item)
                )
            );
        }

        return rules.ToImmutable();
    }

    private static PeerMode? Mode(MutualTlsSpec? spec) =>
        spec?.Mode switch
        {
            MtlsMode.Disable => PeerMode.Disable,
            MtlsMode.Permissive => PeerMode.Permissive,
            MtlsMode.Strict => PeerMode.Strict,
            _ => null,
        };
}
