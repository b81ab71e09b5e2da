using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Mesh.ControlPlane.Model;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>The comparisons that sources and operations share.</summary>
internal static class AccessMatchGenerator
{
    private const string IstioAuthentication = "istio_authn";
    private const string RequestPrincipal = "request.auth.principal";
    private const string Payload = "payload";
    private const string Anything = "*";

    /// <summary>Exact, or with <c>*</c> at one end.</summary>
    public static Pb.StringMatcher Text(string value, bool ignoreCase = false) =>
        value == Anything ? new() { SafeRegex = RouteMatchGenerator.Regex(".+") }
        : value.StartsWith('*') ? new() { Suffix = value[1..], IgnoreCase = ignoreCase }
        : value.EndsWith('*') ? new() { Prefix = value[..^1], IgnoreCase = ignoreCase }
        : new() { Exact = value, IgnoreCase = ignoreCase };

    public static Pb.HeaderMatcher Header(string name, string value, bool ignoreCase = false) =>
        value == Anything ? new() { Name = name, PresentMatch = true } : new() { Name = name, StringMatch = Text(value, ignoreCase) };

    public static Pb.PathMatcher Path(string value) => new() { Path = Text(value) };

    public static bool IsTemplate(string path) =>
        path.Contains("{*}", StringComparison.Ordinal) || path.Contains("{**}", StringComparison.Ordinal);

    public static Pb.TypedExtensionConfig Template(string path) =>
        new()
        {
            Name = ExtensionNames.UriTemplate,
            TypedConfig = Google.Protobuf.WellKnownTypes.Any.Pack(
                new Pb.UriTemplateMatchConfig
                {
                    PathTemplate = path.Replace("{**}", "**", StringComparison.Ordinal).Replace("{*}", "*", StringComparison.Ordinal),
                }
            ),
        };

    public static Pb.CidrRange Range(string block)
    {
        var slash = block.IndexOf('/', StringComparison.Ordinal);
        var address = slash < 0 ? block : block[..slash];
        var length =
            slash >= 0 ? uint.Parse(block.AsSpan(slash + 1), CultureInfo.InvariantCulture)
            : IPAddress.Parse(address).GetAddressBytes().Length == 4 ? 32u
            : 128u;
        return new() { AddressPrefix = address, PrefixLen = length };
    }

    /// <summary>What the certificate's SPIFFE id must be; null for any.</summary>
    public static Pb.StringMatcher? Identity(AccessTerm term, string value) =>
        term.Attribute switch
        {
            AccessAttribute.ServiceAccount => Account(value),
            AccessAttribute.Namespace => Namespace(value),
            _ => Principal(value),
        };

    /// <summary>What a verified token says.</summary>
    public static Pb.MetadataMatcher Token(AccessTerm term, string value) =>
        term.Attribute switch
        {
            AccessAttribute.RequestPrincipal => Found(IstioAuthentication, [RequestPrincipal], Value(value)),
            AccessAttribute.Audience => Found(ExtensionNames.JwtAuthentication, [Payload, "aud"], TextOrList(value)),
            AccessAttribute.Presenter => Found(ExtensionNames.JwtAuthentication, [Payload, "azp"], TextOrList(value)),
            _ => Found(ExtensionNames.JwtAuthentication, [Payload, .. term.Names], TextOrList(value)),
        };

    /// <summary>What a filter found out; <c>[x]</c> asks for an element of a list.</summary>
    public static Pb.MetadataMatcher FilterMetadata(AccessTerm term, string value) =>
        Found(
            term.Names[0],
            [term.Names[1]],
            value is ['[', .. var element, ']'] ? new() { ListMatch = new() { OneOf = Value(element) } } : Value(value)
        );

    private static Pb.StringMatcher? Principal(string value) =>
        value == Anything ? null
        : value.StartsWith('*') ? Text(value)
        : Text("spiffe://" + value);

    // spiffe://DOMAIN/ns/NAMESPACE/sa/ACCOUNT, as text: dots in names are dots.
    private static Pb.StringMatcher Namespace(string value) =>
        value == Anything ? new() { Contains = "/ns/" }
        : value.StartsWith('*') ? new() { SafeRegex = RouteMatchGenerator.Regex($".*/ns/[^/]*{Escape(value[1..])}/sa/.*") }
        : value.EndsWith('*') ? new() { Contains = $"/ns/{value[..^1]}" }
        : new() { Contains = $"/ns/{value}/" };

    private static Pb.StringMatcher Account(string value)
    {
        var slash = value.IndexOf('/', StringComparison.Ordinal);
        return new() { Suffix = $"/ns/{value[..slash]}/sa/{value[(slash + 1)..]}" };
    }

    // Namespaces are made of letters, digits and -, of which none means anything in an expression outside of brackets; a dot might come from elsewhere.
    private static string Escape(string text) => System.Text.RegularExpressions.Regex.Escape(text);

    private static Pb.ValueMatcher Value(string value) =>
        value == Anything ? new() { PresentMatch = true } : new() { StringMatch = Text(value) };

    // Also for anything: an empty text or list, a number or null says nothing about anybody (Istio: "* will match when value is not empty").
    private static Pb.ValueMatcher TextOrList(string value)
    {
        var text = new Pb.ValueMatcher { StringMatch = Text(value) };
        return new()
        {
            OrMatch = new()
            {
                ValueMatchers =
                {
                    text,
                    new Pb.ValueMatcher { ListMatch = new() { OneOf = text } },
                },
            },
        };
    }

    private static Pb.MetadataMatcher Found(string filter, ImmutableArray<string> path, Pb.ValueMatcher value)
    {
        var matcher = new Pb.MetadataMatcher { Filter = filter, Value = value };
        matcher.Path.AddRange(path.Select(key => new Pb.MetadataMatcher.Types.PathSegment { Key = key }));
        return matcher;
    }
}
