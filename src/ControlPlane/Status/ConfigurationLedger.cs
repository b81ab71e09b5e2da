using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mesh.Config;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Status;

/// <summary>
/// Which published state is the first with the present version of each mesh object, and what a proxy has that has settled at a view. States are
/// known to other replicas by a digest of the mesh objects in them, because everybody counts states differently.
/// </summary>
internal sealed class ConfigurationLedger
{
    /// <summary>Changes of mesh objects remembered; a proxy that is further behind counts as having none.</summary>
    public const int Length = 256;

    private static readonly ImmutableHashSet<string> MeshKinds =
    [
        .. KnownKind.All.Where(kind => kind.IsMeshKind).Select(kind => kind.Kind),
    ];

    private volatile LedgerPage page = LedgerPage.Empty;
    private ImmutableArray<ConfigObject> last = [];

    /// <summary>The present entries, immutable.</summary>
    public LedgerPage Current => page;

    /// <summary>A state was published. One publisher.</summary>
    /// <param name="view">Version of the resources that proxies are sent for it: this process counts them.</param>
    public void Published(MeshState state, string view)
    {
        var before = page;
        ImmutableArray<ConfigObject> now = [.. state.Objects.All.Where(item => MeshKinds.Contains(item.Key.Kind))];
        // Most states are about endpoints.
        if (!before.States.IsEmpty && References.Same(now, last))
        {
            return;
        }

        last = now;
        var since = ImmutableDictionary.CreateBuilder<ObjectKey, LedgerObject>();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var item in now)
        {
            var known = before.Objects.GetValueOrDefault(item.Key);
            since[item.Key] = known is not null && ReferenceEquals(known.Object, item) ? known : new(item, state.Number);
            hash.AppendData(Encoding.UTF8.GetBytes(Describe(item)));
        }

        var digest = Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
        ImmutableArray<LedgerState> states =
        [
            .. before.States.TakeLast(Length - 1),
            new(state.Number, long.Parse(view, NumberStyles.None, CultureInfo.InvariantCulture), digest),
        ];
        page = new(states, since.ToImmutable());
    }

    // What makes another version of an object, in every replica alike.
    private static string Describe(ConfigObject item)
    {
        var text = new StringBuilder($"{item.Key}\n{item.Generation}\n{item.CreationTimestamp:O}\n");
        foreach (var (name, value) in item.Labels.Concat(item.Annotations))
        {
            text.Append(name).Append('=').Append(value).Append('\n');
        }

        return text.ToString();
    }
}
