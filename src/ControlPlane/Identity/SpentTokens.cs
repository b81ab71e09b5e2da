namespace Mesh.ControlPlane.Identity;

/// <summary>Which single-use join tokens have served which key, in a file of hashes beside the authority, shared by its replicas.</summary>
internal sealed class SpentTokens(string directory)
{
    private const string FileName = "spent-join-tokens";

    private readonly Lock gate = new();

    public bool Knows(string tokenHash)
    {
        lock (gate)
        {
            using var file = Open();
            return Find(file, tokenHash) is not null;
        }
    }

    public bool TryUse(string tokenHash, string keyHash)
    {
        lock (gate)
        {
            // Nobody else has it open meanwhile: between reading and writing no replica can let a second key in.
            using var file = Open();
            if (Find(file, tokenHash) is { } before)
            {
                return before == keyHash;
            }

            file.Seek(0, SeekOrigin.End);
            file.Write(System.Text.Encoding.ASCII.GetBytes($"{tokenHash} {keyHash}\n"));
            file.Flush(flushToDisk: true);
            return true;
        }
    }

    private FileStream Open()
    {
        Directory.CreateDirectory(directory);
        return ModeFile.Open(Path.Combine(directory, FileName), FileMode.OpenOrCreate, ModeFile.Private);
    }

    private static string? Find(FileStream file, string tokenHash)
    {
        file.Seek(0, SeekOrigin.Begin);
        using var reader = new StreamReader(file, leaveOpen: true);
        while (reader.ReadLine() is { } line)
        {
            if (line.Split(' ') is [var token, var key] && token == tokenHash)
            {
                return key;
            }
        }

        return null;
    }
}
