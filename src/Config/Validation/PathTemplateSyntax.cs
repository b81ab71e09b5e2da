namespace Mesh.Config.Validation;

/// <summary>
/// The form of path templates (Istio, AuthorizationPolicy "paths"): segments, of which <c>{*}</c> stands for any one and <c>{**}</c> for any
/// number; the latter once, and after it no other operator.
/// </summary>
internal static class PathTemplateSyntax
{
    private const string One = "{*}";
    private const string Many = "{**}";

    /// <summary>What is wrong with a path that has braces; null for nothing.</summary>
    internal static string? Problem(string path)
    {
        if (!path.StartsWith('/'))
        {
            return "it must begin with /";
        }
        var many = false;
        foreach (var segment in path[1..].Split('/'))
        {
            if (segment is One or Many)
            {
                if (many)
                {
                    return "{**} must be the last operator";
                }
                many = segment == Many;
            }
            else if (segment.AsSpan().IndexOfAny('{', '}') >= 0)
            {
                return "{*} and {**} must be whole segments, and there are no other operators";
            }
            else if (segment.Contains('*'))
            {
                return "* cannot be used together with {*} or {**}";
            }
        }
        return null;
    }
}
