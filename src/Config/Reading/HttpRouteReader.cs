using System.Collections.Immutable;
using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>Reads one HTTP rule.</summary>
internal static class HttpRouteReader
{
    internal static HttpRouteSpec Read(ObjectReader reader) =>
        new()
        {
            Location = reader.Location,
            Name = reader.Text("name"),
            Match = reader.List("match", ReadMatch),
            Route = reader.List("route", ReadDestination),
            Redirect = reader.Object("redirect", HttpActionReader.ReadRedirect),
            DirectResponse = reader.Object("directResponse", HttpActionReader.ReadDirectResponse),
            Delegate = reader.Object("delegate", ReadDelegate, "an object with name"),
            Rewrite = reader.Object("rewrite", HttpActionReader.ReadRewrite),
            Timeout = reader.Duration("timeout", allowZero: true),
            Retries = reader.Object("retries", HttpActionReader.ReadRetries),
            Fault = reader.Object("fault", HttpActionReader.ReadFault),
            Mirrors = ReadMirrors(reader),
            CorsPolicy = reader.Object("corsPolicy", HttpActionReader.ReadCors),
            Headers = reader.Object("headers", ReadHeaders, "an object with request and response"),
        };

    private static HttpMatchSpec ReadMatch(ObjectReader reader) =>
        new()
        {
            Location = reader.Location,
            Name = reader.Text("name"),
            Uri = reader.Object("uri", StringMatchReader.Read, StringMatchReader.Form),
            IgnoreUriCase = reader.Boolean("ignoreUriCase") ?? false,
            Scheme = reader.Object("scheme", StringMatchReader.Read, StringMatchReader.Form),
            Method = reader.Object("method", StringMatchReader.Read, StringMatchReader.Form),
            Authority = reader.Object("authority", StringMatchReader.Read, StringMatchReader.Form),
            Headers = Lowered(reader.Map("headers", StringMatchReader.ReadOrPresent, StringMatchReader.Form)),
            WithoutHeaders = Lowered(reader.Map("withoutHeaders", StringMatchReader.ReadAbsence, StringMatchReader.Form)),
            QueryParams = reader.Map("queryParams", StringMatchReader.ReadOrPresent, StringMatchReader.Form),
            Port = reader.Port("port"),
            SourceLabels = reader.TextMap("sourceLabels"),
            SourceNamespace = reader.Text("sourceNamespace"),
            Gateways = reader.Texts("gateways"),
            StatPrefix = reader.Text("statPrefix"),
        };

    // RFC 9110, 5.1: field names are compared without regard to case. Names that then clash are left apart for the validator.
    private static ImmutableSortedDictionary<string, StringMatchSpec> Lowered(ImmutableSortedDictionary<string, StringMatchSpec> headers)
    {
        if (headers.Keys.All(name => !name.Any(char.IsAsciiLetterUpper)))
        {
            return headers;
        }
        var lowered = headers.ToBuilder();
        foreach (var (name, match) in headers)
        {
            var lower = name.StartsWith('@') ? name : name.ToLowerInvariant();
            if (lower != name && lowered.TryAdd(lower, match))
            {
                lowered.Remove(name);
            }
        }
        return lowered.ToImmutable();
    }

    private static RouteDestinationSpec ReadDestination(ObjectReader reader) =>
        new()
        {
            Location = reader.Location,
            Destination = reader.Required("destination", VirtualServiceReader.ReadDestination, "an object with host"),
            Weight = reader.Integer("weight") ?? 0,
            Headers = reader.Object("headers", ReadHeaders, "an object with request and response"),
        };

    private static DelegateSpec ReadDelegate(ObjectReader reader) =>
        new() { Name = reader.RequiredText("name"), Namespace = reader.Text("namespace") };

    private static ImmutableArray<MirrorSpec> ReadMirrors(ObjectReader reader)
    {
        reader.Exclusive("mirror", "mirrors");
        var mirror = reader.Object(
            "mirror",
            one => new MirrorSpec { Location = one.Location, Destination = VirtualServiceReader.ReadDestination(one) },
            "an object with host"
        );
        var mirrors = reader.List("mirrors", ReadMirror);
        var percentage = reader.Object("mirrorPercentage", HttpActionReader.ReadPercentage, HttpActionReader.PercentageForm)?.Value;
        if (reader.Old("mirrorPercent", "mirrorPercentage with value"))
        {
            percentage ??= reader.Percent("mirrorPercent");
        }
        if (mirror is null && reader.Has("mirrorPercentage"))
        {
            reader.Report(
                DiagnosticCodes.ConflictingFields,
                "mirrorPercentage",
                "is for mirror, which is not given; elements of mirrors have a percentage of their own"
            );
        }
        return mirror is null ? mirrors : [mirror with { Percentage = percentage }];
    }

    private static MirrorSpec ReadMirror(ObjectReader reader) =>
        new()
        {
            Location = reader.Location,
            Destination = reader.Required("destination", VirtualServiceReader.ReadDestination, "an object with host"),
            Percentage = reader.Object("percentage", HttpActionReader.ReadPercentage, HttpActionReader.PercentageForm)?.Value,
        };

    private static HeadersSpec ReadHeaders(ObjectReader reader) =>
        new()
        {
            Request = reader.Object("request", ReadOperations, "an object with set, add and remove"),
            Response = reader.Object("response", ReadOperations, "an object with set, add and remove"),
        };

    private static HeaderOperationsSpec ReadOperations(ObjectReader reader) =>
        new()
        {
            Set = reader.TextMap("set"),
            Add = reader.TextMap("add"),
            Remove = reader.Texts("remove"),
        };
}
