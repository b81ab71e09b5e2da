namespace Mesh.Proxy.Routing;

/// <summary>Takes a random share of the requests for which everything else holds.</summary>
/// <param name="numerator">Of <paramref name="denominator"/>; at least that much takes all.</param>
/// <param name="denominator">100, 10,000 or 1,000,000.</param>
/// <param name="random">Asked by several threads at once: <see cref="Random.Shared"/> outside tests.</param>
internal sealed class FractionCondition(uint numerator, uint denominator, Random random) : RouteCondition
{
    public override bool Holds(RequestHead head) => random.NextInt64(denominator) < numerator;

    public override string Found(RequestHead head) => "the draw went elsewhere";

    public override string ToString() => $"falls into a random share of {numerator}/{denominator}";
}
