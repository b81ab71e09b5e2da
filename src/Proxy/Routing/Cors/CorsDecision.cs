namespace Mesh.Proxy.Routing.Cors;

/// <summary>What becomes of a request under a <see cref="CorsPolicy"/>.</summary>
/// <param name="Edits">For the answer, whoever gives it; applied last, so that they win over the upstream's and the rule's.</param>
internal readonly record struct CorsDecision(CorsVerdict Verdict, HeaderEdits Edits)
{
    public static CorsDecision Pass { get; } = new(CorsVerdict.Pass, HeaderEdits.None);
}
