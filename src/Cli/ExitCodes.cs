namespace Mesh.Cli;

/// <summary>What every command exits with.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>The command ran and found what it looks for: errors in configuration, a step that missed its shares.</summary>
    public const int Failure = 1;

    /// <summary>The command was called wrongly.</summary>
    public const int Usage = 2;
}
