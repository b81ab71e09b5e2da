namespace Mesh.Config.Specs;

/// <summary>A Node, of which only the labels count: they say where its pods run.</summary>
public sealed record NodeSpec : IObjectSpec;
