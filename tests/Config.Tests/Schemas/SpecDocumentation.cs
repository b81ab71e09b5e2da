using System.Text.RegularExpressions;
using System.Xml.Linq;
using Mesh.Config.Reading;

namespace Mesh.Config.Tests.Schemas;

/// <summary>What the docstrings of the specs say, by type and field.</summary>
internal sealed partial class SpecDocumentation
{
    // Wrappers of the API, which specs unpack, so that no property has their name.
    private static readonly Dictionary<string, string> Wrapped = new(StringComparer.Ordinal)
    {
        ["exact"] = "The whole value must be this.",
        ["prefix"] = "The value must begin with this.",
        ["regex"] = "The whole value must match this pattern, in RE2 syntax.",
        ["number"] = "The port's number.",
        ["name"] = "The name.",
        ["string"] = "The body as text.",
        ["bytes"] = "The body in base64.",
        ["value"] = "A percentage from 0 to 100.",
        ["http2Error"] = "Not supported; use httpStatus or grpcStatus.",
        ["host"] = "The service that gets the requests.",
        ["subset"] = "A subset of the service.",
        ["port"] = "A port of the service.",
        ["sourceSubnet"] = "Has no effect, as in Istio.",
        ["ringHash"] = "Hash on a ring of points.",
        ["minimumRingSize"] = "The least number of points on the ring.",
        ["maglev"] = "Hash through a Maglev table.",
        ["tableSize"] = "Size of the table, a prime number.",
        ["version"] = "Version of the PROXY protocol.",
        ["matchLabels"] = "Labels that a pod must have, all of them; empty selects every pod.",
        ["labels"] = "Labels that a pod must have, all of them.",
        ["location"] = "Whether the service is part of the mesh.",
    };

    private readonly Dictionary<string, string> _summaries;

    private SpecDocumentation(Dictionary<string, string> summaries) => _summaries = summaries;

    public static SpecDocumentation Load()
    {
        var assembly = typeof(ObjectParser).Assembly;
        var document = XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml"));
        return new(
            document
                .Descendants("member")
                .Where(member => member.Element("summary") is not null)
                .ToDictionary(
                    member => member.Attribute("name")!.Value,
                    member => Plain(member.Element("summary")!),
                    StringComparer.Ordinal
                )
        );
    }

    public string? Of(Type type) => _summaries.GetValueOrDefault($"T:{type.FullName}");

    /// <summary>The property that a field is kept in mostly has its name.</summary>
    public string? Of(Type type, string field) =>
        type.GetProperties().FirstOrDefault(property => NearestName.IsSame(property.Name, field)) is { } property
        && _summaries.GetValueOrDefault($"P:{property.DeclaringType!.FullName}.{property.Name}") is { } summary
            ? summary
            : Wrapped.GetValueOrDefault(field);

    private static string Plain(XElement summary) =>
        Spaces()
            .Replace(
                string.Concat(
                    summary
                        .Nodes()
                        .Select(node =>
                            node switch
                            {
                                XElement element => element.Attribute("cref") is { Value: var cref } ? Field(cref) : element.Value,
                                XText text => text.Value,
                                _ => "",
                            }
                        )
                ),
                " "
            )
            .Trim();

    // A property's name as users write it.
    private static string Field(string reference)
    {
        var name = reference[(reference.LastIndexOf('.') + 1)..];
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
