namespace Mesh.Injector.Settings;

/// <summary>Operators of label selectors, as Kubernetes names them.</summary>
internal enum LabelOperator
{
    In,
    NotIn,
    Exists,
    DoesNotExist,
}
