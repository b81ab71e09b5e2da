namespace Mesh.Kubernetes;

/// <summary>One kind of object as the API serves it: what URLs and lists are made of.</summary>
/// <param name="Group">Empty for the core group.</param>
/// <param name="Version"><c>v1</c>, <c>v1beta1</c>, …</param>
/// <param name="Plural">As in the URL: <c>services</c>.</param>
/// <param name="Kind">As in the object: <c>Service</c>.</param>
/// <param name="Namespaced">False for kinds such as Namespace and Node.</param>
public sealed record ApiResource(string Group, string Version, string Plural, string Kind, bool Namespaced = true)
{
    /// <summary><c>v1</c> or <c>apps/v1</c>.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>The path of all objects, or of those of one namespace.</summary>
    /// <param name="ns">Null for every namespace, and for kinds that have none.</param>
    public string CollectionPath(string? ns = null)
    {
        var root = Group.Length == 0 ? $"api/{Version}" : $"apis/{Group}/{Version}";
        return ns is null || !Namespaced ? $"{root}/{Plural}" : $"{root}/namespaces/{Uri.EscapeDataString(ns)}/{Plural}";
    }

    /// <summary>The path of one object, or of a subresource of it such as <c>status</c>.</summary>
    public string ObjectPath(string? ns, string name, string? subresource = null) =>
        $"{CollectionPath(ns)}/{Uri.EscapeDataString(name)}{(subresource is null ? "" : "/" + subresource)}";

    /// <summary><c>services</c> or <c>deployments.apps</c>, as kubectl names them.</summary>
    public override string ToString() => Group.Length == 0 ? Plural : $"{Plural}.{Group}";
}
