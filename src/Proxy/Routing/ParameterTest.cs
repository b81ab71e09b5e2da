namespace Mesh.Proxy.Routing;

/// <summary>Whether a query parameter, as it stands between two ampersands, is meant.</summary>
internal delegate bool ParameterTest<TState>(ReadOnlySpan<byte> parameter, TState state)
    where TState : allows ref struct;
