using System.Security.Cryptography;
using System.Text;

namespace Mesh.ControlPlane.Identity;

/// <summary>
/// An authority in a directory: <c>authority.json</c> of our own, readable by its owner alone, or <c>ca-cert.pem</c> and its companions that
/// somebody put there, which win. <c>root-cert.pem</c> is for everybody.
/// </summary>
internal sealed class DirectoryAuthorityStore(string directory) : IAuthorityStore
{
    /// <summary>Certificate, key and rotation.</summary>
    public const string FileName = "authority.json";

    /// <summary>What proxies are given with <c>--mesh-root</c>.</summary>
    public const string RootsFileName = "root-cert.pem";

    private readonly string file = Path.Combine(directory, FileName);
    private readonly string roots = Path.Combine(directory, RootsFileName);

    public string Place => directory;

    public async Task<StoredAuthority?> ReadAsync(CancellationToken cancellation = default)
    {
        try
        {
            if (GivenAuthority.Exists(directory))
            {
                return await GivenAuthority.ReadAsync(directory, cancellation);
            }

            if (!File.Exists(file))
            {
                return null;
            }

            var json = await File.ReadAllBytesAsync(file, cancellation);
            var found = new StoredAuthority(AuthorityDocument.Read(json), VersionOf(json));
            if (!File.Exists(roots))
            {
                // Whoever made the authority was stopped before it came to that.
                await WriteRootsAsync(found.State, cancellation);
            }

            return found;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new IdentityException($"{file} cannot be used: {e.Message}", e);
        }
    }

    public async Task<bool> TryWriteAsync(StoredAuthority? seen, AuthorityState state, CancellationToken cancellation = default)
    {
        try
        {
            Directory.CreateDirectory(directory);
            var json = AuthorityDocument.Write(state);
            if (seen is null)
            {
                if (!await CreateAsync(json, cancellation))
                {
                    return false;
                }

                await WriteRootsAsync(state, cancellation);
            }
            else
            {
                // The lock is the operating system's: it goes with the process that holds it.
                using var taken = TryLock();
                if (taken is null || !File.Exists(file) || VersionOf(await File.ReadAllBytesAsync(file, cancellation)) != seen.Version)
                {
                    return false;
                }

                // Roots first: who reads them in between trusts a new root early, or an old one that nothing needs a moment less.
                await WriteRootsAsync(state, cancellation);
                File.Move(await WriteTemporaryAsync(json, ModeFile.Private, cancellation), file, overwrite: true);
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IdentityException($"{directory} cannot be written: {e.Message}", e);
        }
    }

    private async Task WriteRootsAsync(AuthorityState state, CancellationToken cancellation) =>
        File.Move(
            await WriteTemporaryAsync(Encoding.ASCII.GetBytes(state.Bundle().Pem), ModeFile.Public, cancellation),
            roots,
            overwrite: true
        );

    /// <summary>Without overwriting, a move is one atomic step: of two who create, one loses.</summary>
    private async Task<bool> CreateAsync(byte[] json, CancellationToken cancellation)
    {
        var temporary = await WriteTemporaryAsync(json, ModeFile.Private, cancellation);
        try
        {
            File.Move(temporary, file, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(temporary);
            return false;
        }
    }

    private async Task<string> WriteTemporaryAsync(byte[] content, UnixFileMode mode, CancellationToken cancellation)
    {
        var path = Path.Combine(directory, $".{Guid.NewGuid():N}.tmp");
        await using var stream = ModeFile.Open(path, FileMode.CreateNew, mode);
        await stream.WriteAsync(content, cancellation);
        stream.Flush(flushToDisk: true);
        return path;
    }

    private FileStream? TryLock()
    {
        try
        {
            return new FileStream(Path.Combine(directory, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string VersionOf(byte[] json) => Convert.ToHexStringLower(SHA256.HashData(json));
}
