using System.Collections.Immutable;

namespace Mesh.Proxy.Routing;

/// <summary>
/// Why a table decides as it does: the same decision as <see cref="RouteTable.Plan"/>, found the long way, with every rule that was asked
/// before and the condition it failed. For people; requests never come here.
/// </summary>
/// <param name="VirtualHost">Null where no domain takes the authority.</param>
/// <param name="Index">The place of the rule that takes the request in its virtual host; -1 where none does.</param>
/// <param name="Rejected">The rules before it, in order; all of them where none takes the request.</param>
internal sealed record RouteExplanation(VirtualHost? VirtualHost, int Index, ImmutableArray<RejectedRule> Rejected)
{
    /// <summary>The rule that takes the request; null where none does.</summary>
    public Rule? Rule => Index < 0 ? null : VirtualHost!.Rules[Index];

    /// <summary>Rules behind it, which are not asked any more.</summary>
    public int NotAsked => Rule is null ? 0 : VirtualHost!.Rules.Length - Index - 1;

    public static RouteExplanation Of(RouteTable table, RequestHead head)
    {
        if (table.FindHost(head) is not { } host)
        {
            return new(null, -1, []);
        }

        var rejected = ImmutableArray.CreateBuilder<RejectedRule>();
        for (var i = 0; i < host.Rules.Length; i++)
        {
            if (host.Rules[i].Conditions.FirstFailing(head) is not { } condition)
            {
                return new(host, i, rejected.ToImmutable());
            }

            rejected.Add(new(host.Rules[i], i, condition, condition.Found(head)));
        }

        return new(host, -1, rejected.ToImmutable());
    }
}
