using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>The settings of the whole mesh: those of start-up, and over them what the mesh configuration says.</summary>
internal static class SettingsTranslator
{
    /// <summary>The same object where the mesh configuration says nothing else.</summary>
    public static MeshSettings Translate(ObjectSet objects, MeshSettings settings)
    {
        var written = objects.MeshConfigs.FirstOrDefault(mesh => mesh.Key.Namespace == settings.RootNamespace)?.Spec;
        var paths = written?.PathNormalization switch
        {
            null => settings.Paths,
            PathNormalizationLevel.None => PathNormalization.None,
            PathNormalizationLevel.MergeSlashes => PathNormalization.MergeSlashes,
            PathNormalizationLevel.DecodeAndMergeSlashes => PathNormalization.DecodeAndMergeSlashes,
            _ => PathNormalization.Base,
        };
        var aliases = string.Join(
            ',',
            (written?.TrustDomainAliases ?? [])
                .Where(alias => alias != settings.TrustDomain)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
        );
        return paths == settings.Paths && aliases == settings.TrustDomainAliases
            ? settings
            : settings with
            {
                Paths = paths,
                TrustDomainAliases = aliases,
            };
    }
}
