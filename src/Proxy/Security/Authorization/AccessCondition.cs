namespace Mesh.Proxy.Security.Authorization;

/// <summary>One thing that a policy asks. Immutable; <see cref="object.ToString"/> says it in words.</summary>
internal abstract class AccessCondition
{
    /// <summary>What asking costs, in about nanoseconds: of several the cheapest is asked first.</summary>
    public abstract int Cost { get; }

    /// <summary>Allocates nothing.</summary>
    public abstract bool Holds(in AccessSubject subject);

    public abstract override string ToString();
}
