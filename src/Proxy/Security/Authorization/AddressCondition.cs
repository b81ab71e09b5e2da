using System.Net;
using System.Text;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Security.Authorization;

/// <summary>An address is in a block.</summary>
internal sealed class AddressCondition(AddressKind kind, AddressBlock block) : AccessCondition
{
    private const int LongestAddress = 64;

    public override int Cost => kind == AddressKind.Remote ? 40 : 6;

    public override bool Holds(in AccessSubject subject) =>
        kind switch
        {
            AddressKind.Source => block.Contains(subject.Source),
            AddressKind.Destination => block.Contains(subject.Destination),
            _ => block.Contains(Remote(subject)),
        };

    public override string ToString() => $"the {kind} address is in {block}";

    // Envoy, x-forwarded-for: a proxy that is not the edge takes the last address, and none that it cannot read.
    private static IPAddress Remote(in AccessSubject subject)
    {
        if (subject.Head is not { } head || !head.TryGet(KnownHeader.XForwardedFor, out var all))
        {
            return subject.Source;
        }

        var last = all[(all.LastIndexOf((byte)',') + 1)..].Trim(" \t"u8);
        Span<char> text = stackalloc char[LongestAddress];
        // The one allocation, of an address, is made where a policy asks for it and the header is there.
        return last.Length <= text.Length && IPAddress.TryParse(text[..Encoding.Latin1.GetChars(last, text)], out var address)
            ? address
            : subject.Source;
    }
}
