namespace Mesh.Architecture.Tests;

/// <summary>Who may know whom (ARCHITECTURE.md), read from the <c>using</c> lines of the source.</summary>
public sealed class LayeringTests
{
    private const string Protobuf = "Google.Protobuf";
    private const string Wire = "Mesh.Xds";
    private const string Grpc = "Mesh.Grpc";
    private const string Specs = "Mesh.Config";
    private const string Kubernetes = "Mesh.Kubernetes";
    private const string Web = "Microsoft.AspNetCore";
    private const string Logging = "Microsoft.Extensions.Logging";

    public static TheoryData<string, string[]> Forbidden =>
        new()
        {
            { "src/Config", [Protobuf, Wire, Grpc, Kubernetes, Web, Logging, "Mesh.ControlPlane", "Mesh.Proxy"] },
            { "src/Kubernetes", [Protobuf, Wire, Grpc, Specs, Web, Logging, "Mesh.ControlPlane", "Mesh.Proxy"] },
            { "src/Xds", [Grpc, Specs, Web, Logging] },
            { "src/Grpc", [Wire, Specs, "Mesh.ControlPlane", "Mesh.Proxy"] },
            { "src/ControlPlane/Model", [Protobuf, Wire, Grpc, Kubernetes, Web, Logging] },
            { "src/ControlPlane/Translation", [Protobuf, Wire, Grpc, Kubernetes, Web, Logging] },
            { "src/ControlPlane/Generation", [Specs, Grpc, Kubernetes, Web, Logging] },
            { "src/ControlPlane/Admission", [Protobuf, Wire, Grpc] },
            { "src/ControlPlane/Delivery", [Specs, Kubernetes, "Mesh.ControlPlane.Model", "Mesh.ControlPlane.Translation"] },
            {
                "src/ControlPlane/Identity",
                [Specs, "Mesh.ControlPlane.Translation", "Mesh.ControlPlane.Generation", "Mesh.ControlPlane.Sources"]
            },
            { "src/Proxy/Routing", [Protobuf, Wire, Grpc, Web, Logging] },
            { "src/ControlPlane/Keys", [Protobuf, Wire, Grpc, Specs, Kubernetes] },
            { "src/Proxy/Security/Tokens", [Protobuf, Wire, Grpc, Web, Logging] },
            { "src/Proxy/Upstream", [Protobuf, Wire, Grpc, Web] },
            { "src/Proxy/Configuration", [Grpc, Web] },
            { "src/Proxy/Security", [Protobuf, Wire, Grpc, Web, Logging] },
            { "src/Proxy/ExternalAuthorization", [Web, Logging] },
            { "src/Proxy/Http", [Protobuf, Wire, Grpc] },
            { "src/Proxy/Connections", [Protobuf, Wire, Grpc] },
            { "src/Proxy/Telemetry", [Protobuf, Wire, Grpc] },
            { "src/Proxy", [Specs, "Mesh.ControlPlane"] },
            { "src/Injector", [Protobuf, Wire, Grpc, "Mesh.ControlPlane", "Mesh.Proxy"] },
            { "src/Injector/Deciding", [Web, Logging, Kubernetes] },
            { "src/Injector/Patching", [Web, Logging, Kubernetes] },
            { "src/Injector/Settings", [Web, Logging, Kubernetes] },
            { "src/Injector/Files", [Web, Logging, Kubernetes] },
        };

    [Theory]
    [MemberData(nameof(Forbidden))]
    public void A_part_does_not_name_what_it_must_not_know(string folder, string[] namespaces)
    {
        var files = Repository.Files(folder, "*.cs");
        Assert.NotEmpty(files);
        var offences =
            from file in files
            from line in Repository.Lines(file)
            where line.StartsWith("using ", StringComparison.Ordinal)
            let target = line["using ".Length..].TrimEnd(';').Split(" = ")[^1]
            from name in namespaces
            where target == name || target.StartsWith(name + ".", StringComparison.Ordinal)
            select $"{file}: {line}";
        Assert.Empty(offences);
    }

    [Theory]
    [InlineData("src/Config")]
    [InlineData("src/ControlPlane/Model")]
    [InlineData("src/ControlPlane/Translation")]
    [InlineData("src/ControlPlane/Generation")]
    [InlineData("src/Injector/Deciding")]
    [InlineData("src/Injector/Patching")]
    public void What_is_pure_has_no_clock(string folder)
    {
        var offences =
            from file in Repository.Files(folder, "*.cs")
            from line in Repository.Lines(file)
            where line.Contains("TimeProvider", StringComparison.Ordinal) || line.Contains("Stopwatch", StringComparison.Ordinal)
            select $"{file}: {line}";
        Assert.Empty(offences);
    }

    [Fact]
    public void Wire_messages_are_only_named_through_an_alias()
    {
        var offences =
            from file in Repository.Files("src", "*.cs").Concat(Repository.Files("tests", "*.cs"))
            from line in Repository.Lines(file)
            where line.StartsWith("using Mesh.Xds.Pb", StringComparison.Ordinal)
            select $"{file}: {line}";
        Assert.Empty(offences);
    }

    [Fact]
    public void No_source_file_is_longer_than_400_lines()
    {
        var offences =
            from folder in new[] { "src", "tests", "bench", "examples" }
            from file in Repository.Files(folder, "*.cs")
            let length = Repository.Lines(file).Length
            where length > 400
            select $"{file}: {length} lines";
        Assert.Empty(offences);
    }
}
