namespace Mesh.Kubernetes;

/// <summary>The API server answered, and refused.</summary>
/// <param name="request">What was asked, as <c>METHOD path</c>.</param>
public sealed class ApiException(string request, ApiStatus status) : Exception($"{request}: {status}")
{
    /// <summary>Its answer.</summary>
    public ApiStatus Status { get; } = status;
}
