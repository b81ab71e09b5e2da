using Mesh.Injector.Settings;

namespace Mesh.Injector.Tests.Settings;

public sealed class SettingsReaderTests
{
    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("{}")]
    public void Nothing_written_are_the_defaults(string yaml)
    {
        var (settings, problems) = SettingsReader.Read(yaml);
        Assert.Empty(problems);
        Assert.Equal(InjectionSettings.Default.Image, settings.Image);
        Assert.Equal(InjectionSettings.Default.SystemNamespaces, settings.SystemNamespaces);
    }

    [Fact]
    public void Everything_wrong_is_said_at_once_with_its_path()
    {
        var (_, problems) = SettingsReader.Read(
            """
            imge: a
            image: ""
            imagePullPolicy: Sometimes
            imagePullSecrets: own
            resources: {requests: {cpu: lots}, limit: {}}
            logLevel: loud
            interceptionMode: redirect
            nativeSidecars: maybe
            capture: {excludeOutboundPorts: "0", excludeOutboundIPRanges: 10.0.0.1}
            concurrency: -1
            terminationDrainDuration: 90
            statusPort: 70000
            rewriteAppHTTPProbers: "no"
            neverInjectSelector: [{matchExpressions: [{key: a, operator: Near}, {operator: Exists}, {key: a, operator: In}]}]
            """
        );
        Assert.Equal(
            [
                "capture.excludeOutboundIPRanges: \"10.0.0.1\" has no length; write 10.0.0.1/32",
                "capture.excludeOutboundPorts: \"0\" is neither a port from 1 to 65535 nor a range such as 8000-8999",
                "concurrency: -1 is not a whole number from 0 to 1024",
                "image: is empty; leave it out for the default",
                "imagePullPolicy: \"Sometimes\" is none of Always, IfNotPresent, Never",
                "imagePullSecrets: \"own\" is not a list of texts",
                "imge: is unknown; did you mean image?",
                "interceptionMode: \"redirect\" is none of REDIRECT, TPROXY, NONE",
                "logLevel: \"loud\" is none of trace, debug, info, warning, warn, error, critical, off",
                "nativeSidecars: \"maybe\" is none of auto, true, false",
                "neverInjectSelector[0].matchExpressions[0].operator: \"Near\" is none of In, NotIn, Exists, DoesNotExist",
                "neverInjectSelector[0].matchExpressions[1].key: is missing; name a label",
                "neverInjectSelector[0].matchExpressions[2].values: In needs at least one value",
                "resources.limit: is unknown; did you mean limits?",
                "resources.requests.cpu: \"lots\" is no amount such as 100m or 128Mi",
                "rewriteAppHTTPProbers: \"no\" is not true or false",
                "statusPort: 70000 is not a whole number from 0 to 65535",
                "terminationDrainDuration: 90 is not a text; put it in quotes",
            ],
            problems.Select(problem => problem.ToString()).Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("a: [", "is not YAML")]
    [InlineData("- a", "is not an object")]
    [InlineData("image: a\nimage: b", "is written twice")]
    public void What_is_no_object_is_refused(string yaml, string expected) =>
        Assert.Contains(expected, Assert.Single(SettingsReader.Read(yaml).Problems).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("100m", 0.1)]
    [InlineData("1.5", 1.5)]
    [InlineData("1e3", 1000)]
    [InlineData("128Mi", 134217728)]
    [InlineData("2G", 2e9)]
    public void Amounts_are_read_as_Kubernetes_does(string text, double expected)
    {
        Assert.True(Mesh.Injector.Reading.Quantity.TryParse(text, out var value));
        Assert.Equal(expected, (double)value, 6);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1 Gi")]
    [InlineData("1Gb")]
    [InlineData("NaN")]
    [InlineData("99999999999999999999999999")]
    public void What_is_no_amount_is_refused(string text) => Assert.False(Mesh.Injector.Reading.Quantity.TryParse(text, out _));
}
