using Mesh.Config;
using Mesh.Config.Specs;

namespace Mesh.Cli.Demo;

/// <summary>The example on disk: base objects, steps in order, and the pods to bring to life; moved to the addresses of this run.</summary>
internal sealed class DemoFiles
{
    // The files speak of 127.1.1.x; a second demo on the same machine moves to other loopback addresses.
    private const string WrittenSubnet = "127.1.";

    private readonly string _subnet;

    /// <param name="subnet">First two octets of every address in this run, such as <c>127.1</c>.</param>
    /// <exception cref="DirectoryNotFoundException">There is no example in <paramref name="directory"/>.</exception>
    public DemoFiles(string directory, string subnet)
    {
        _subnet = subnet + ".";
        Base = Read(Path.Combine(directory, "base")).ToList();
        Steps = Read(Path.Combine(directory, "networking")).Select(file => ToStep(file.Name, file.Text)).ToList();
        Pods = Base.SelectMany(file => ObjectParser.Parse(file.Name, file.Text).Objects)
            .OfType<ConfigObject<PodSpec>>()
            .Select(ToPod)
            .ToList();
    }

    public IReadOnlyList<(string Name, string Text)> Base { get; }

    public IReadOnlyList<DemoStep> Steps { get; }

    public IReadOnlyList<DemoPod> Pods { get; }

    private IEnumerable<(string Name, string Text)> Read(string directory) =>
        Directory
            .EnumerateFiles(directory, "*.yaml")
            .Order(StringComparer.Ordinal)
            .Select(path => (Path.GetFileName(path), File.ReadAllText(path).Replace(WrittenSubnet, _subnet, StringComparison.Ordinal)));

    private static DemoStep ToStep(string file, string yaml)
    {
        var expected =
            ObjectParser
                .Parse(file, yaml)
                .Objects.Select(o => o.Annotations.GetValueOrDefault(DemoStep.ExpectedAnnotation))
                .FirstOrDefault(a => a is not null)
            ?? throw new InvalidDataException(
                $"{file}: no object has the annotation {DemoStep.ExpectedAnnotation}; write one like \"v1=80 v2=20\""
            );
        var shares = expected
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(share => share.Split('='))
            .ToDictionary(share => share[0], share => double.Parse(share[1]), StringComparer.Ordinal);
        var name = Path.GetFileNameWithoutExtension(file);
        return new DemoStep(name[(name.IndexOf('-') + 1)..], yaml, shares);
    }

    // The pod's address is its sidecar's; the application behind it takes the same last octet one subnet further (127.1.1.41 → 127.1.2.41).
    private static DemoPod ToPod(ConfigObject<PodSpec> pod)
    {
        var octets = pod.Spec.PodIPs[0].Split('.');
        return new DemoPod(
            pod.Key.Namespace,
            pod.Key.Name,
            pod.Labels["app"],
            pod.Labels["version"],
            pod.Spec.ServiceAccountName,
            pod.Spec.PodIPs[0],
            $"{octets[0]}.{octets[1]}.{int.Parse(octets[2]) + 1}.{octets[3]}"
        );
    }
}
