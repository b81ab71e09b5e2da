namespace Mesh.ControlPlane.Identity;

/// <summary>Files that have their permissions from the moment they exist, so that nobody reads them in between.</summary>
internal static class ModeFile
{
    public const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode Public = Private | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public static FileStream Open(string path, FileMode mode, UnixFileMode permissions) =>
        new(
            path,
            new FileStreamOptions
            {
                Mode = mode,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
#pragma warning disable CA1416 // the control plane runs on Linux alone
                UnixCreateMode = permissions,
#pragma warning restore CA1416
            }
        );
}
