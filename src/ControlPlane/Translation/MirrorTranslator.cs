using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Mirrors; one without a percentage gets every request, one of 0 % is left out (A.2 "mirror").</summary>
internal static class MirrorTranslator
{
    private const double All = 100;

    public static ImmutableArray<Mirror> Translate(
        ConfigObject owner,
        ImmutableArray<MirrorSpec> mirrors,
        FieldPath rule,
        DestinationTranslator destinations
    )
    {
        var result = ImmutableArray.CreateBuilder<Mirror>();
        for (var i = 0; i < mirrors.Length; i++)
        {
            var mirror = mirrors[i];
            if (mirror.Percentage is not 0)
            {
                var at = mirrors.Length == 1 ? rule.Field("mirror") : rule.Field("mirrors").Index(i).Field("destination");
                var (host, port, missing) = destinations.Resolve(owner, mirror.Destination, at, mirror.Location, "no copies are sent");
                result.Add(new(host, mirror.Destination.Subset ?? "", port, mirror.Percentage ?? All, missing));
            }
        }

        return result.ToImmutable();
    }
}
