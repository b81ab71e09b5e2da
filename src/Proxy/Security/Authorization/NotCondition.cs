namespace Mesh.Proxy.Security.Authorization;

/// <summary>A condition does not hold.</summary>
internal sealed class NotCondition : AccessCondition
{
    private readonly AccessCondition _inner;

    private NotCondition(AccessCondition inner) => _inner = inner;

    public override int Cost => _inner.Cost;

    public static AccessCondition Of(AccessCondition inner) =>
        inner == ConstantCondition.Always ? ConstantCondition.Never
        : inner == ConstantCondition.Never ? ConstantCondition.Always
        : inner is NotCondition not ? not._inner
        : new NotCondition(inner);

    public override bool Holds(in AccessSubject subject) => !_inner.Holds(subject);

    public override string ToString() => $"not: {_inner}";
}
