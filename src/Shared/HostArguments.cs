namespace Mesh.Startup;

/// <summary>What .NET's web host is told before it reads anything.</summary>
internal static class HostArguments
{
    /// <summary>
    /// No watching of configuration files, of which there are none: it would watch every folder below the working directory, which in a container is
    /// the whole root.
    /// </summary>
    public static string[] WithoutWatching { get; } = ["--hostBuilder:reloadConfigOnChange=false"];
}
