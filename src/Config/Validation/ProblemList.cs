using System.Collections.Immutable;

namespace Mesh.Config.Validation;

/// <summary>Where the validators of one object write; knows the object and where its fields stand.</summary>
internal sealed class ProblemList(ObjectKey key, Func<FieldPath, SourceLocation> locate)
{
    private readonly ImmutableArray<Diagnostic>.Builder problems = ImmutableArray.CreateBuilder<Diagnostic>();

    internal void Add(DiagnosticCode code, FieldPath path, string message) =>
        problems.Add(new Diagnostic(code, key, path.ToString(), message, locate(path)));

    internal ImmutableArray<Diagnostic> ToImmutable() => problems.ToImmutable();
}
