namespace Mesh.Proxy.Routing;

/// <summary>A random share of the requests, down to the millionth.</summary>
/// <param name="Numerator">Of <paramref name="Denominator"/>; at least that much takes all.</param>
/// <param name="Denominator">100, 10,000 or 1,000,000.</param>
internal readonly record struct Fraction(uint Numerator, uint Denominator)
{
    public static Fraction None => new(0, 100);

    public static Fraction All => new(100, 100);

    /// <param name="random">Asked by several threads at once: <see cref="Random.Shared"/> outside tests.</param>
    public bool Takes(Random random) => Numerator >= Denominator || (Numerator > 0 && random.NextInt64(Denominator) < Numerator);
}
