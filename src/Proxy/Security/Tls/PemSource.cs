namespace Mesh.Proxy.Security.Tls;

/// <summary>PEM text: a file's, read anew when the file changes, or one that the configuration itself holds. Equal by value.</summary>
/// <param name="File">Null where <paramref name="Text"/> is it.</param>
internal sealed record PemSource(string? File, string Text)
{
    /// <summary>For messages; never the text.</summary>
    public override string ToString() => File ?? "the certificate in the configuration";

    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public string Read() => File is null ? Text : System.IO.File.ReadAllText(File);

    /// <summary>Changes with the file's content, as far as its date tells; of a file that is not there some constant.</summary>
    public DateTime Version => File is null ? default : System.IO.File.GetLastWriteTimeUtc(File);
}
