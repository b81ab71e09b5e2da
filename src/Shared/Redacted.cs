namespace Mesh.Startup;

/// <summary>A secret on its way through a process: logs, messages and dumps show a placeholder, only <see cref="Reveal"/> gives it out.</summary>
internal sealed class Redacted(string secret)
{
    /// <summary>What stands in for every secret.</summary>
    public const string Placeholder = "(redacted)";

    /// <summary>The secret itself, for the one place that needs it.</summary>
    public string Reveal() => secret;

    public override string ToString() => Placeholder;
}
