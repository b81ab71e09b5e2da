using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>Reads a PeerAuthentication.</summary>
internal static class PeerAuthenticationReader
{
    private static readonly EnumTable<MtlsMode> Modes = new(
        ("UNSET", MtlsMode.Unset),
        ("DISABLE", MtlsMode.Disable),
        ("PERMISSIVE", MtlsMode.Permissive),
        ("STRICT", MtlsMode.Strict)
    );

    // Without a spec it says nothing, as with an empty one.
    internal static PeerAuthenticationSpec ReadRoot(ObjectReader root) => root.Object("spec", Read) ?? new();

    // Plaintext was perhaps to be refused: until the mistake is corrected it is.
    internal static PeerAuthenticationSpec Refused(PeerAuthenticationSpec spec, bool scopeIsSound) =>
        new()
        {
            Selector = scopeIsSound ? spec.Selector : StringMap.Empty<string>(),
            Mtls = new() { Mode = MtlsMode.Strict },
            IsRefused = true,
        };

    private static PeerAuthenticationSpec Read(ObjectReader reader) =>
        new()
        {
            Selector = SecurityScopeReader.Selector(reader),
            Mtls = reader.Object("mtls", ReadMode, "an object with mode"),
            PortLevelMtls = reader.Map("portLevelMtls", ReadMode, "an object with mode"),
        };

    private static MutualTlsSpec ReadMode(ObjectReader reader) => new() { Mode = reader.Enum("mode", Modes) ?? MtlsMode.Unset };
}
