namespace Mesh.ControlPlane.Identity;

/// <summary>What one reader of tokens says of a token.</summary>
/// <param name="Caller">Whose it is; null where it is refused or unknown.</param>
/// <param name="Refusal">Why it is refused, without anything of it; null where it is accepted or unknown.</param>
internal readonly record struct TokenVerdict(Caller? Caller, string? Refusal)
{
    /// <summary>It is none of this reader's: the next one is asked.</summary>
    public static TokenVerdict Unknown => default;

    public static TokenVerdict Accept(Caller caller) => new(caller, null);

    public static TokenVerdict Refuse(string reason) => new(null, reason);
}
