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
/// request, of a pod or where it arrives (<c>@POD</c>, of shop/web-1, or <c>@POD&lt;CLIENT</c>); the JSON is shown for the first.
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
        foreach (var (output, source, request, client) in Requests(folder, mesh))
        {
            var explanation = Explain(source, request, client);
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
        foreach (var (_, source, request, client) in Requests(folder, Read(folder)))
        {
            var dump = ConfigDump.Write(source.Config, DiscoveryStatus.Empty with { Accepted = source.Resources }, null);
            var resources = OnlineSource.Resources(System.Text.Encoding.UTF8.GetString(dump)).ToList();
            var online = ExplainSource.Create(source.Node, source.Capture, resources, null);

            // A proxy alone does not know its clients' accounts.
            var principal = ExplainedClient.Of(source.Files, client ?? "", null) is { Encrypts: true, Identity: { } known }
                ? known.Principal.ToString()
                : null;
            var fromFiles = Explain(source, request, client);
            var fromProxy = Explain(online, request, client, principal);

            Assert.Empty(online.Refused);
            Assert.Equal(source.Resources.All.Count(), resources.Count);
            Assert.Equal(fromFiles.Action, fromProxy.Action);
            Assert.Equal(fromFiles.Listener, fromProxy.Listener);
            Assert.Equal(fromFiles.VirtualHost, fromProxy.VirtualHost);
            Assert.Equal(fromFiles.Failure, fromProxy.Failure);
            Assert.Equal(fromFiles.Verdict is null, fromProxy.Verdict is null);
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

    [Fact]
    public void A_rule_that_was_refused_is_remarked_on_whatever_it_was_for()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(
                file,
                """
                apiVersion: v1
                kind: Pod
                metadata: { name: web-1, namespace: shop }
                ---
                apiVersion: networking.istio.io/v1
                kind: VirtualService
                metadata: { name: cart, namespace: shop }
                spec:
                  hosts: [ cart ]
                  htp: []
                """
            );
            var mesh = OfflineMesh.Read([file], MeshSettings.Default);
            var request = ExplainedRequest.Parse("GET", "http://cart/", [], out _)!;

            var explanation = Explain(OfflineSource.Create(mesh, "shop", "web-1", CaptureMode.None), request, client: null);

            Assert.Contains(
                explanation.Remarks,
                remark => remark.Contains($"{file}:10: VirtualService shop/cart spec.htp", StringComparison.Ordinal)
            );
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static IEnumerable<(string, string)> Values(IEnumerable<Setting> settings) =>
        settings.Select(setting => (setting.Name, setting.Value));

    private static OfflineMesh Read(string folder) => OfflineMesh.Read([Path.Combine(folder, "in.yaml")], MeshSettings.Default);

    private static Explanation Explain(ExplainSource source, ExplainedRequest request, string? client, string? principal = null) =>
        client is not null
            ? InboundExplainer.Explain(source, request, client, principal, DateTimeOffset.UnixEpoch)
            : Explainer.Explain(source, request, principal, DateTimeOffset.UnixEpoch);

    // Client: null where the client's own proxy is asked.
    private static IEnumerable<(string Output, ExplainSource Source, ExplainedRequest Request, string? Client)> Requests(
        string folder,
        OfflineMesh mesh
    )
    {
        foreach (var line in File.ReadAllLines(Path.Combine(folder, "in.requests")).Where(line => line.Length > 0 && line[0] != '#'))
        {
            var parts = line.Split(' ');
            var at = parts[1].Split('<');
            var client =
                at[0][0] != '@' ? null
                : at.Length > 1 ? at[1]
                : "shop/web-1";
            var pod = at[0].TrimStart('@').Split('/');
            var request = ExplainedRequest.Parse(parts[2], parts[3], parts[4..].Select(header => header.Replace('=', ':')), out var error);
            Assert.Null(error);
            // Connections have an address only where they are captured.
            var capture = request!.Scheme == "http" ? CaptureMode.None : CaptureMode.Redirect;
            yield return (parts[0], OfflineSource.Create(mesh, pod[0], pod[1], capture), request, client);
        }
    }

    private static string Relative(string text, string folder) => text.Replace(folder + "/", "", StringComparison.Ordinal);

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
