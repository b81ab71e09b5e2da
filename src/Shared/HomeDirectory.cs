using System.Runtime.CompilerServices;

namespace Mesh.Startup;

/// <summary>Gives a process a home that has none: without one .NET finds no store of certificates and fails every handshake.</summary>
internal static class HomeDirectory
{
    // The user's, or the root directory for users that nobody knows, as those of containers are. By itself: meshctl loads this, too.
    [ModuleInitializer]
    internal static void Ensure() =>
        Environment.SetEnvironmentVariable(
            "HOME",
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify)
        );
}
