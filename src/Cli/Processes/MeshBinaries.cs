namespace Mesh.Cli.Processes;

/// <summary>Where the mesh's own programs are: side by side under the build's output directory.</summary>
internal sealed record MeshBinaries(string Directory)
{
    /// <summary>Next to this program, as the build lays them out: <c>bin/NAME/release/Mesh.NAME.dll</c>.</summary>
    public static MeshBinaries BesideThis { get; } = new(Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..")));

    public string ControlPlane => Assembly("ControlPlane");

    public string Proxy => Assembly("Proxy");

    public string Injector => Assembly("Injector");

    public string Bookinfo => Assembly("Bookinfo");

    public string Cli => Path.Combine(Directory, "Cli", Flavour, "meshctl.dll");

    private string Assembly(string name) => Path.Combine(Directory, name, Flavour, $"Mesh.{name}.dll");

    // "release" or "debug", whichever this program itself was built as.
    private static string Flavour => Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
}
