namespace Mesh.Integration.Tests.Harness;

/// <summary>What <see cref="EchoUpstream"/> saw of a request.</summary>
internal sealed record Echo(
    string Version,
    string Protocol,
    string Method,
    string Target,
    string Host,
    Dictionary<string, string?[]> Headers,
    long BodyLength
)
{
    public string? Header(string name) => Headers.TryGetValue(name, out var values) ? string.Join(',', values) : null;
}
