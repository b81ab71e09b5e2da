using System.Text;
using YamlDotNet.RepresentationModel;

namespace Mesh.Kubernetes.Access;

/// <summary>A cluster, user or context of a kubeconfig, which knows its file: paths in it are relative to that.</summary>
internal sealed record KubeConfigEntry(KubeConfigFile File, YamlMappingNode Fields)
{
    /// <summary>The text of a field; null where it is missing or empty.</summary>
    public string? Text(string field) => TextOf(Fields, field);

    /// <summary>The field says yes.</summary>
    public bool Flag(string field) => string.Equals(Text(field), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>The entry below a field; null where there is none.</summary>
    public KubeConfigEntry? Child(string field) => ChildOf(Fields, field) is YamlMappingNode child ? this with { Fields = child } : null;

    /// <summary>The entries of a list of mappings.</summary>
    public IEnumerable<KubeConfigEntry> Children(string field) =>
        Items(field).OfType<YamlMappingNode>().Select(item => this with { Fields = item });

    /// <summary>The texts of a list of texts.</summary>
    public IEnumerable<string> Texts(string field) => Items(field).OfType<YamlScalarNode>().Select(item => item.Value ?? "");

    /// <summary>The names of all fields.</summary>
    public IEnumerable<string> Names => Fields.Children.Keys.OfType<YamlScalarNode>().Select(name => name.Value ?? "");

    /// <summary>A path as the user wrote it, from the file's folder.</summary>
    public string PathOf(string text) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(File.Path))!, text);

    /// <summary>The PEM of a field that has it as FIELD-data in base64, which wins, or as the path of a file; null where there is neither.</summary>
    /// <exception cref="KubeConfigException">It is no base64, or the file cannot be read.</exception>
    public string? Pem(string field)
    {
        if (Text(field + "-data") is { } data)
        {
            try
            {
                return Encoding.UTF8.GetString(Convert.FromBase64String(data));
            }
            catch (FormatException)
            {
                throw Wrong($"{field}-data is not base64");
            }
        }

        if (FileOf(field) is not { } path)
        {
            return null;
        }

        try
        {
            return System.IO.File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Wrong($"{field} '{Text(field)}' cannot be read: {e.Message}");
        }
    }

    /// <summary>The file that <see cref="Pem"/> reads; null where it reads none.</summary>
    public string? FileOf(string field) => Text(field + "-data") is null && Text(field) is { } file ? PathOf(file) : null;

    public KubeConfigException Wrong(string what) => File.Wrong(what);

    public static YamlNode? ChildOf(YamlMappingNode of, string field) =>
        of.Children.TryGetValue(new YamlScalarNode(field), out var child) ? child : null;

    public static string? TextOf(YamlMappingNode of, string field) =>
        ChildOf(of, field) is YamlScalarNode { Value: { Length: > 0 } text } ? text : null;

    private IEnumerable<YamlNode> Items(string field) => ChildOf(Fields, field) is YamlSequenceNode items ? items.Children : [];
}
