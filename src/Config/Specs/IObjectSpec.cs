namespace Mesh.Config.Specs;

/// <summary>Marks what the <c>spec</c> of one kind says; every implementation is immutable.</summary>
#pragma warning disable CA1040 // a closed set of unrelated records needs a common name, not common members
public interface IObjectSpec;
