namespace Mesh.Proxy.Security.Authorization;

/// <summary>Holds always or never.</summary>
internal sealed class ConstantCondition : AccessCondition
{
    private readonly bool _holds;

    private ConstantCondition(bool holds) => _holds = holds;

    public static ConstantCondition Always { get; } = new(true);

    public static ConstantCondition Never { get; } = new(false);

    public override int Cost => 0;

    public override bool Holds(in AccessSubject subject) => _holds;

    public override string ToString() => _holds ? "anything" : "nothing";
}
