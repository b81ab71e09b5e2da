using System.Runtime.CompilerServices;
using Mesh.Cli.Explain;
using Mesh.Cli.Offline;
using Mesh.Config;
using Mesh.ControlPlane.Model;
using Mesh.Proxy;
using Mesh.Proxy.Admin;
using Mesh.Proxy.Discovery;
using Mesh.Tests;

namespace Mesh.Cli.Tests.Explain;

/// <summary>
/// What <c>meshctl explain</c> says, by case: <c>in.yaml</c> holds the objects, each line of <c>in.requests</c> names an output and asks about one
/// request, of a pod or (<c>@</c>) where it arrives; the JSON is shown for the first.
/// </summary>
public sealed class ExplainGoldenTests
{
    private static readonly string Folder = Path.Combine(Here(), "..", "testdata", "explain");

    public static IEnumerable<object[]> Cases => Golden.Cases(Folder);

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_request_is_explained_like_this(string name)
    {
        var folder = Path.Combine(Folder, name);
        var mesh = Read(folder);
        Assert.DoesNotContain(mesh.Diagnostics, diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);

        var outputs = new List<(string, string)>();
        foreach (var (output, source, request, arrives) in Requests(folder, mesh))
        {
            var explanation = Explain(source, request, arrives);
            using var text = new StringWriter { NewLine = "\n" };
            ExplanationText.Write(text, explanation);
            outputs.Add(($"{output}.txt", Relative(text.ToString(), folder)));
            if (outputs.Count == 1)
            {
                outputs.Add(($"{output}.json", Relative(ExplainCommand.ToJson(explanation) + "\n", folder)));
            }
        }

        Golden.Check(folder, [.. outputs]);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_running_proxy_explains_the_same_as_the_files_but_for_what_only_files_know(string name)
    {
        var folder = Path.Combine(Folder, name);
        foreach (var (_, source, request, arrives) in Requests(folder, Read(folder)))
        {
            var dump = ConfigDump.Write(source.Config, DiscoveryStatus.Empty with { Accepted = source.Resources }, null);
            var resources = OnlineSource.Resources(System.Text.Encoding.UTF8.GetString(dump)).ToList();
            var online = ExplainSource.Create(source.Node, source.Capture, resources, null);

            var fromFiles = Explain(source, request, arrives);
            var fromProxy = Explain(online, request, arrives);

            Assert.Empty(online.Refused);
            Assert.Equal(source.Resources.All.Count(), resources.Count);
            Assert.Equal(fromFiles.Action, fromProxy.Action);
            Assert.Equal(fromFiles.Listener, fromProxy.Listener);
            Assert.Equal(fromFiles.VirtualHost, fromProxy.VirtualHost);
            Assert.Equal(fromFiles.Failure, fromProxy.Failure);
            Assert.Equal(Values(fromFiles.Settings), Values(fromProxy.Settings));
            Assert.Equal(
                fromFiles.Destinations.Select(to => (to.Cluster, to.Share, to.Endpoints)),
                fromProxy.Destinations.Select(to => (to.Cluster, to.Share, to.Endpoints))
            );
            if (request.Scheme == "http")
            {
                Assert.Equal(fromFiles.Rule?.Name, fromProxy.Rule?.Name);
                // The rule's line is in the proxy's own configuration; its fields are not.
                Assert.Equal(fromFiles.Rule?.Origin.Object, fromProxy.Rule?.Origin.Object);
                Assert.Equal(fromFiles.Rule?.Origin.File, fromProxy.Rule?.Origin.File);
                Assert.All(
                    fromProxy.Rejected,
                    rejected =>
                        Assert.Contains(
                            fromFiles.Rejected,
                            other => (other.Name, other.Needs, other.Has) == (rejected.Name, rejected.Needs, rejected.Has)
                        )
                );
            }
        }
    }

    private static IEnumerable<(string, string)> Values(IEnumerable<Setting> settings) =>
        settings.Select(setting => (setting.Name, setting.Value));

    private static OfflineMesh Read(string folder) => OfflineMesh.Read([Path.Combine(folder, "in.yaml")], MeshSettings.Default);

    private static Explanation Explain(ExplainSource source, ExplainedRequest request, bool arrives) =>
        arrives ? InboundExplainer.Explain(source, request, "shop/web-1") : Explainer.Explain(source, request);

    private static IEnumerable<(string Output, ExplainSource Source, ExplainedRequest Request, bool Arrives)> Requests(
        string folder,
        OfflineMesh mesh
    )
    {
        foreach (var line in File.ReadAllLines(Path.Combine(folder, "in.requests")).Where(line => line.Length > 0 && line[0] != '#'))
        {
            var parts = line.Split(' ');
            var arrives = parts[1][0] == '@';
            var pod = parts[1].TrimStart('@').Split('/');
            var request = ExplainedRequest.Parse(parts[2], parts[3], parts[4..].Select(header => header.Replace('=', ':')), out var error);
            Assert.Null(error);
            // Connections have an address only where they are captured.
            var capture = request!.Scheme == "http" ? CaptureMode.None : CaptureMode.Redirect;
            yield return (parts[0], OfflineSource.Create(mesh, pod[0], pod[1], capture), request, arrives);
        }
    }

    private static string Relative(string text, string folder) => text.Replace(folder + "/", "", StringComparison.Ordinal);

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
