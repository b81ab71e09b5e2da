namespace Mesh.ControlPlane.Model;

/// <summary>The comparisons a user can write.</summary>
internal enum StringMatchKind
{
    Exact,
    Prefix,
    Regex,
    Present,
}
