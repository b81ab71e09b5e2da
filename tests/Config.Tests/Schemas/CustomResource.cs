using System.Globalization;
using System.Text;
using Mesh.Config.Reading;

namespace Mesh.Config.Tests.Schemas;

/// <summary>
/// Writes the CustomResourceDefinition of a kind from its reader, so that the API server lets through exactly what the reader understands.
/// No defaults, since what is absent is inherited; and unknown fields are preserved, so that diagnostics can name them.
/// </summary>
internal sealed class CustomResource(KindReader kind, SpecDocumentation documentation)
{
    private readonly StringBuilder _text = new();

    public string FileName => $"{Plural}.{kind.Group}.yaml";

    private string Singular => kind.Kind.ToLowerInvariant();

    private string Plural =>
        kind.Kind switch
        {
            "Gateway" => "gateways",
            _ when Singular.EndsWith('y') => $"{Singular[..^1]}ies",
            _ => $"{Singular}s",
        };

    private string[] ShortNames =>
        kind.Kind switch
        {
            "VirtualService" => ["vs"],
            "DestinationRule" => ["dr"],
            "Gateway" => ["gw"],
            "ServiceEntry" => ["se"],
            "WorkloadEntry" => ["we"],
            "AuthorizationPolicy" => ["ap"],
            "PeerAuthentication" => ["pa"],
            "RequestAuthentication" => ["ra"],
            _ => [],
        };

    // As Istio's, so that `kubectl get` looks as people know it.
    private (string Name, string Path, string Type, string Description)[] Columns =>
        kind.Kind switch
        {
            "VirtualService" =>
            [
                ("Gateways", ".spec.gateways", "string", "Gateways and sidecars that apply the routes"),
                ("Hosts", ".spec.hosts", "string", "Hosts that the routes are for"),
            ],
            "DestinationRule" => [("Host", ".spec.host", "string", "Service that the policies are for")],
            "ServiceEntry" =>
            [
                ("Hosts", ".spec.hosts", "string", "Hosts of the service"),
                ("Location", ".spec.location", "string", "Whether the service is part of the mesh"),
                ("Resolution", ".spec.resolution", "string", "How endpoints are found"),
            ],
            "WorkloadEntry" => [("Address", ".spec.address", "string", "Address of the workload")],
            "AuthorizationPolicy" => [("Action", ".spec.action", "string", "What happens to requests that the rules match")],
            "PeerAuthentication" => [("Mode", ".spec.mtls.mode", "string", "Whether mutual TLS is asked for")],
            _ => [],
        };

    public string Write()
    {
        Line(0, $"# Written from the readers in src/Config by `make golden`. {kind.Kind} means here what it means in Istio.");
        Line(0, "apiVersion: apiextensions.k8s.io/v1");
        Line(0, "kind: CustomResourceDefinition");
        Line(0, "metadata:");
        Line(1, $"name: {Plural}.{kind.Group}");
        Line(0, "spec:");
        Line(1, $"group: {kind.Group}");
        Line(1, "names:");
        Line(2, $"categories: [istio-io, {kind.Group.Split('.')[0]}-istio-io]");
        Line(2, $"kind: {kind.Kind}");
        Line(2, $"listKind: {kind.Kind}List");
        Line(2, $"plural: {Plural}");
        Line(2, $"singular: {Singular}");
        if (ShortNames.Length > 0)
        {
            Line(2, $"shortNames: [{string.Join(", ", ShortNames)}]");
        }

        Line(1, "scope: Namespaced");
        Line(1, "versions:");
        for (var i = 0; i < kind.Versions.Length; i++)
        {
            Version(kind.Versions[i], stored: i == 0, anchor: "schema");
        }

        return _text.ToString();
    }

    private void Version(string version, bool stored, string anchor)
    {
        Line(2, $"- name: {version}");
        Line(3, "served: true");
        Line(3, $"storage: {(stored ? "true" : "false")}");
        Line(3, "subresources: { status: {} }");
        Line(3, "additionalPrinterColumns:");
        foreach (var (name, path, type, description) in Columns)
        {
            Line(4, $"- {{ name: {name}, type: {type}, jsonPath: {path}, description: {Quoted(description)} }}");
        }

        Line(4, "- { name: Age, type: date, jsonPath: .metadata.creationTimestamp, description: Time since the object was made }");
        if (!stored)
        {
            // All versions are one schema: the API server converts between them by renaming.
            Line(3, $"schema: *{anchor}");
            return;
        }

        Line(3, $"schema: &{anchor}");
        Line(4, "openAPIV3Schema:");
        Line(5, "type: object");
        Line(5, "x-kubernetes-preserve-unknown-fields: true");
        Line(5, "properties:");
        Line(6, "spec:");
        Object(7, kind.Schema().Child("spec")!, kind.Schema().Field("spec").Type!, documentation.Of(kind.Schema().Field("spec").Type!));
        Line(6, "status:");
        Line(7, "description: What became of the object; written by the control plane.");
        Line(7, "type: object");
        Line(7, "x-kubernetes-preserve-unknown-fields: true");
    }

    private void Object(int depth, SchemaNode node, Type type, string? description)
    {
        Description(depth, description);
        Line(depth, "type: object");
        Line(depth, "x-kubernetes-preserve-unknown-fields: true");
        if (node.Names.Count + node.OldNames.Count == 0)
        {
            return;
        }

        Line(depth, "properties:");
        foreach (var name in node.Names)
        {
            Line(depth + 1, $"{name}:");
            Field(depth + 2, node.Field(name), documentation.Of(type, name));
        }

        foreach (var (name, instead) in node.OldNames.Where(old => !node.Names.Contains(old.Name)))
        {
            Line(depth + 1, $"{name}:");
            Description(depth + 2, $"Old spelling; write {instead} instead.");
            Line(depth + 2, "x-kubernetes-preserve-unknown-fields: true");
        }
    }

    private void Field(int depth, SchemaField field, string? description)
    {
        switch (field.Kind)
        {
            case SchemaKind.Object:
                Object(depth, field.Node!, field.Type!, description ?? documentation.Of(field.Type!));
                return;
            case SchemaKind.ObjectList:
                Description(depth, description);
                Line(depth, "type: array");
                Line(depth, "items:");
                Object(depth + 1, field.Node!, field.Type!, documentation.Of(field.Type!));
                return;
            case SchemaKind.ObjectMap:
                Description(depth, description);
                Line(depth, "type: object");
                Line(depth, "additionalProperties:");
                Object(depth + 1, field.Node!, field.Type!, documentation.Of(field.Type!));
                return;
            case SchemaKind.TextList or SchemaKind.IntegerList:
                Description(depth, Ranged(description, field));
                Line(depth, "type: array");
                Line(depth, "items:");
                Scalar(depth + 1, field);
                return;
            case SchemaKind.TextMap or SchemaKind.IntegerMap:
                Description(depth, Ranged(description, field));
                Line(depth, "type: object");
                Line(depth, "additionalProperties:");
                Scalar(depth + 1, field);
                return;
            default:
                Description(depth, Ranged(description, field));
                Scalar(depth, field);
                return;
        }
    }

    private void Scalar(int depth, SchemaField field)
    {
        switch (field.Kind)
        {
            case SchemaKind.Text or SchemaKind.Duration or SchemaKind.TextList or SchemaKind.TextMap:
                Line(depth, "type: string");
                break;
            case SchemaKind.Enum:
                Line(depth, "type: string");
                Line(depth, $"enum: [{string.Join(", ", field.Values.Select(Quoted))}]");
                break;
            case SchemaKind.Boolean:
                Line(depth, "type: boolean");
                break;
            case SchemaKind.IntegerOrText:
                Line(depth, "x-kubernetes-int-or-string: true");
                break;
            case SchemaKind.Any:
                Line(depth, "x-kubernetes-preserve-unknown-fields: true");
                break;
            default:
                Line(depth, field.Kind == SchemaKind.Number ? "type: number" : "type: integer");
                break;
        }
    }

    // Told, not enforced: the API server would name one bad number and keep every other problem of the object from being found.
    private static string? Ranged(string? description, SchemaField field)
    {
        var range = field.Range switch
        {
            ({ } min, { } max) when IsShown(min) && IsShown(max) => $"From {min} to {max}.",
            ({ } min, _) when IsShown(min) => $"At least {min}.",
            (_, { } max) when IsShown(max) => $"At most {max}.",
            _ => null,
        };
        return (description, range) switch
        {
            (null, _) => range,
            (_, null) => description,
            // Said in its own words.
            ({ } text, _) when field.Range.Max is { } max && text.Contains($"{max}", StringComparison.Ordinal) => text,
            _ => string.Create(CultureInfo.InvariantCulture, $"{description} {range}"),
        };
    }

    private static bool IsShown(double bound) => Math.Abs(bound) < int.MaxValue;

    private void Description(int depth, string? description)
    {
        if (description is not null)
        {
            Line(depth, $"description: {Quoted(description)}");
        }
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private void Line(int depth, string text) => _text.Append(' ', depth * 2).Append(text).Append('\n');
}
