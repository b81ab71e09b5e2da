using System.Collections.Immutable;
using Mesh.Config;

namespace Mesh.ControlPlane.Translation;

/// <summary>What one stage has to tell the user; append-only, the one thing a translator writes to.</summary>
internal sealed class Findings
{
    private readonly ImmutableArray<Diagnostic>.Builder list = ImmutableArray.CreateBuilder<Diagnostic>();

    public void Add(DiagnosticCode code, ConfigObject subject, FieldPath path, string message) =>
        Add(code, subject, path, message, subject.Location);

    /// <param name="location">The line at fault; the object's own line where the spec does not know better.</param>
    public void Add(DiagnosticCode code, ConfigObject subject, FieldPath path, string message, SourceLocation location) =>
        list.Add(new(code, subject.Key, path.ToString(), message, location.Line > 0 ? location : subject.Location));

    /// <summary>A field that is understood but does not do what it says yet: said aloud, never dropped in silence.</summary>
    public void NotInForce(ConfigObject subject, FieldPath path, string consequence, SourceLocation location = default) =>
        Add(
            TranslationCodes.NotInForceYet,
            subject,
            path,
            $"understood, but not in force in this version: {consequence}; remove it, or accept that",
            location
        );

    public int Count => list.Count;

    /// <summary>What was found since there were so many.</summary>
    public ImmutableArray<Diagnostic> Since(int count) => [.. list.Skip(count)];

    /// <summary>What an earlier run found about the same objects.</summary>
    public void AddRange(ImmutableArray<Diagnostic> diagnostics) => list.AddRange(diagnostics);

    public ImmutableArray<Diagnostic> ToImmutable() => list.ToImmutable();
}
