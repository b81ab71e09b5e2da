namespace Mesh.ApiServerDouble;

/// <summary>What somebody wants to do, in the words of RBAC.</summary>
/// <param name="Resource">A plural, with its subresource: <c>pods</c>, <c>pods/status</c>.</param>
/// <param name="Namespace">Null at the scope of the cluster.</param>
/// <param name="Name">Null where no object is named.</param>
public sealed record AccessAttempt(string Verb, string Group, string Resource, string? Namespace, string? Name)
{
    /// <summary>As the API server says it.</summary>
    public override string ToString() =>
        $"{Resource}{(Name is null ? "" : $" \"{Name}\"")} is forbidden: cannot {Verb} resource \"{Resource}\" in API group \"{Group}\" "
        + (Namespace is null ? "at the cluster scope" : $"in the namespace \"{Namespace}\"");

    /// <summary>Of a request for an object or a list; a list of one name by field selector names it.</summary>
    internal static AccessAttempt Of(
        Microsoft.AspNetCore.Http.HttpRequest request,
        ServedKind kind,
        string? ns,
        string? name,
        string? subresource
    )
    {
        const string ByName = "metadata.name=";
        var fields = request.Query["fieldSelector"].ToString();
        var verb = request.Method switch
        {
            "POST" => "create",
            "PUT" => "update",
            "GET" when name is not null => "get",
            "GET" => request.Query["watch"].ToString() is "1" or "true" ? "watch" : "list",
            var other => other.ToLowerInvariant(),
        };
        return new(
            verb,
            kind.Group,
            subresource is null ? kind.Plural : $"{kind.Plural}/{subresource}",
            ns,
            name ?? (verb is "list" or "watch" && fields.StartsWith(ByName, StringComparison.Ordinal) ? fields[ByName.Length..] : null)
        );
    }
}
