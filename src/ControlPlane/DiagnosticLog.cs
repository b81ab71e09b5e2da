using System.Collections.Immutable;
using Mesh.Config;
using Microsoft.Extensions.Logging;

namespace Mesh.ControlPlane;

/// <summary>Tells each diagnostic once when it appears and once when it goes.</summary>
internal sealed class DiagnosticLog(ILogger logger)
{
    private ImmutableHashSet<Diagnostic> known = [];

    public void Report(ImmutableArray<Diagnostic> now)
    {
        foreach (var diagnostic in now.Where(diagnostic => !known.Contains(diagnostic)))
        {
            logger.Log(LevelOf(diagnostic.Severity), "{Diagnostic}", diagnostic.ToString());
        }

        var next = now.ToImmutableHashSet();
        foreach (var diagnostic in known.Where(diagnostic => !next.Contains(diagnostic)).OrderBy(d => d.ToString(), StringComparer.Ordinal))
        {
            logger.LogInformation("No longer: {Diagnostic}", diagnostic.ToString());
        }

        known = next;
    }

    private static LogLevel LevelOf(DiagnosticSeverity severity) =>
        severity switch
        {
            // An error of the user's files is no error of this process.
            DiagnosticSeverity.Error or DiagnosticSeverity.Warning => LogLevel.Warning,
            _ => LogLevel.Information,
        };
}
