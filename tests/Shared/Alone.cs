namespace Mesh.Tests;

/// <summary>Tests that measure the whole process: they run when no other does.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
