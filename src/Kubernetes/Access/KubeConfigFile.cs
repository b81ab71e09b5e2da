using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Mesh.Kubernetes.Access;

/// <summary>One kubeconfig as it is written; what its entries name is relative to it.</summary>
internal sealed class KubeConfigFile
{
    private readonly YamlMappingNode _root;

    private KubeConfigFile(string path, YamlMappingNode root) => (Path, _root) = (path, root);

    public string Path { get; }

    /// <summary>Null where it is missing or empty.</summary>
    public string? CurrentContext => KubeConfigEntry.TextOf(_root, "current-context");

    /// <exception cref="KubeConfigException">It cannot be read, or is no kubeconfig.</exception>
    public static KubeConfigFile Read(string path)
    {
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(File.ReadAllText(path)));
            return new(
                path,
                yaml.Documents switch
                {
                    [] => [],
                    [{ RootNode: YamlMappingNode root }, ..] => root,
                    _ => throw Wrong(path, "is no YAML mapping"),
                }
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KubeConfigException($"The kubeconfig {path} cannot be read: {e.Message}");
        }
        catch (YamlException e)
        {
            throw Wrong(path, $"is no YAML: line {e.Start.Line}: {e.Message}");
        }
    }

    /// <summary>The names in a list such as <c>contexts</c>.</summary>
    public IEnumerable<string> Names(string list) => Entries(list).Select(entry => KubeConfigEntry.TextOf(entry, "name")).OfType<string>();

    /// <summary>What stands under a name in a list; null where there is nothing.</summary>
    /// <param name="entry">The field that holds it: <c>context</c> in <c>contexts</c>.</param>
    public KubeConfigEntry? Find(string list, string entry, string name) =>
        Entries(list).FirstOrDefault(item => KubeConfigEntry.TextOf(item, "name") == name) is { } found
        && KubeConfigEntry.ChildOf(found, entry) is YamlMappingNode fields
            ? new(this, fields)
            : null;

    /// <summary>What is wrong in this file.</summary>
    public KubeConfigException Wrong(string what) => Wrong(Path, what);

    private IEnumerable<YamlMappingNode> Entries(string list) =>
        KubeConfigEntry.ChildOf(_root, list) is YamlSequenceNode items ? items.Children.OfType<YamlMappingNode>() : [];

    private static KubeConfigException Wrong(string path, string what) => new($"The kubeconfig {path}: {what}.");
}
