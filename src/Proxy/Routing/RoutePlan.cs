namespace Mesh.Proxy.Routing;

/// <summary>
/// What routing decided for one request, as data: the codec carries it out. <see cref="Rule"/> is null where nothing matched
/// (<see cref="Failure.NoRoute"/>); <see cref="Destination"/> is null unless the rule forwards.
/// </summary>
internal readonly record struct RoutePlan(VirtualHost? VirtualHost, Rule? Rule, WeightedDestination? Destination)
{
    public RuleAction.Forward? Forward => Rule?.Action as RuleAction.Forward;

    /// <summary>In the order they are applied: the destination's before the rule's, which therefore win (Envoy, custom request headers).</summary>
    public EditSequence RequestEdits => new(Destination?.RequestEdits ?? HeaderEdits.None, Rule?.RequestEdits ?? HeaderEdits.None);

    public EditSequence ResponseEdits => new(Destination?.ResponseEdits ?? HeaderEdits.None, Rule?.ResponseEdits ?? HeaderEdits.None);

    /// <summary>The same, with what only this request brings after them.</summary>
    public EditSequence ResponseEditsWith(HeaderEdits own) =>
        new(Destination?.ResponseEdits ?? HeaderEdits.None, Rule?.ResponseEdits ?? HeaderEdits.None, own);

    /// <summary>The authority to send upstream, null to keep the client's: the rule's wins over the destination's (as in Istio).</summary>
    public string? AuthorityRewrite => Forward?.AuthorityRewrite ?? Destination?.AuthorityRewrite;

    /// <summary>
    /// Writes the target to send upstream: the rewritten path with the query's bytes as received, or the client's own. False where the
    /// buffer is too small: try again with a larger one.
    /// </summary>
    public bool TryWriteTarget(RequestHead head, Span<byte> destination, out int written)
    {
        if (Forward?.PathRewrite is { } rewrite)
        {
            return rewrite.TryWrite(head, Rule!.Conditions, destination, out written);
        }

        written = head.OriginForm.Length;
        return head.OriginForm.TryCopyTo(destination);
    }
}
