namespace Mesh.Injector.Reading;

/// <summary>Something that is wrong in a pod or in the settings, as a value.</summary>
/// <param name="Path">The field, such as <c>metadata.annotations[sidecar.istio.io/proxyCPU]</c>.</param>
/// <param name="Message">What it is, what it should be.</param>
internal sealed record InjectionProblem(string Path, string Message)
{
    public override string ToString() => $"{Path}: {Message}";
}
