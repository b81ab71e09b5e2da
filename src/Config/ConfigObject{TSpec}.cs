using Mesh.Config.Specs;

namespace Mesh.Config;

/// <summary>An object whose spec has a known type.</summary>
/// <typeparam name="TSpec">Spec of the kind.</typeparam>
public sealed record ConfigObject<TSpec> : ConfigObject
    where TSpec : class, IObjectSpec
{
    /// <summary>Makes an object around a spec.</summary>
    public ConfigObject(TSpec spec) => Spec = spec;

    /// <inheritdoc/>
    public override TSpec Spec { get; }
}
