using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Security.Authorization;

/// <summary>An address is in a block.</summary>
internal sealed class AddressCondition(AddressKind kind, AddressBlock block) : AccessCondition
{
    public override int Cost => kind == AddressKind.Remote ? 40 : 6;

    public override bool Holds(in AccessSubject subject) =>
        kind switch
        {
            AddressKind.Source => block.Contains(subject.Source),
            AddressKind.Destination => block.Contains(subject.Destination),
            _ => HoldsRemote(subject),
        };

    public override string ToString() => $"the {kind} address is in {block}";

    // Envoy, x-forwarded-for: a proxy that is not the edge takes the last address, and none that it cannot read.
    private bool HoldsRemote(in AccessSubject subject) =>
        subject.Head is { } head
        && head.TryGet(KnownHeader.XForwardedFor, out var all)
        && AddressText.TryParse(all[(all.LastIndexOf((byte)',') + 1)..].Trim(" \t"u8), out var address)
            ? block.Contains(address)
            : block.Contains(subject.Source);
}
