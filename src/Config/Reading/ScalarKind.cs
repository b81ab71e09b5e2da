namespace Mesh.Config.Reading;

/// <summary>Type of a scalar as Kubernetes' YAML sees it.</summary>
internal enum ScalarKind
{
    Null,
    Boolean,
    Number,
    Text,
}
