namespace Mesh.Injector.Settings;

/// <summary>Whether the proxy is an init container that keeps running (<c>restartPolicy: Always</c>).</summary>
internal enum NativeSidecars
{
    /// <summary>Where the API server is 1.29 or later; not where nobody can be asked.</summary>
    Auto,

    /// <summary>Always.</summary>
    True,

    /// <summary>Never: beside the application's containers.</summary>
    False,
}
