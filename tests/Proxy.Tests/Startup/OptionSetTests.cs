using System.Net;
using Mesh.Startup;

namespace Mesh.Proxy.Tests.Startup;

public sealed class OptionSetTests : IDisposable
{
    private static readonly Dictionary<string, string> NoEnvironment = [];

    private readonly OptionSet _set = new("A test program.");
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public void The_command_line_wins_over_the_environment_and_that_over_the_default()
    {
        var one = _set.Optional("--first-port", "N", "First.", "a", OptionParsers.Text);
        var two = _set.Optional("--second", "N", "Second.", "a", OptionParsers.Text);
        var three = _set.Optional("--third", "N", "Third.", "a", OptionParsers.Text);
        var none = _set.Optional("--none", "N", "None.", OptionParsers.Text);
        var environment = new Dictionary<string, string> { ["MESH_FIRST_PORT"] = "b", ["MESH_SECOND"] = "b" };

        Assert.Null(_set.Read(["--first-port", "c"], environment, _output, _error));

        Assert.Equal(("c", "b", "a", null), (one.Value, two.Value, three.Value, none.Value));
    }

    [Fact]
    public void All_bad_values_are_reported_at_once()
    {
        _set.Required("--node", "ID", "Node.", OptionParsers.Text);
        _set.Optional("--outbound", "IP:PORT", "Outbound.", "127.0.0.1:15001", OptionParsers.EndPoint);
        _set.Optional("--admin", "IP:PORT", "Admin.", "127.0.0.1:15000", OptionParsers.LoopbackEndPoint);
        _set.Optional("--ads", "HOST:PORT", "Ads.", "localhost:15010", OptionParsers.HostAndPort);

        var exit = _set.Read(
            ["--outbound", "15001", "--adss", "x", "--ads", "localhost"],
            new Dictionary<string, string> { ["MESH_ADMIN"] = "0.0.0.0:15000" },
            _output,
            _error
        );

        Assert.Equal(2, exit);
        var text = _error.ToString();
        Assert.Contains("--adss", text);
        Assert.Contains("--node is missing; give --node ID or set MESH_NODE", text);
        Assert.Contains("--outbound: '15001' is not an address with port", text);
        Assert.Contains("MESH_ADMIN: '0.0.0.0:15000' can be reached from outside", text);
        Assert.Contains("--ads: 'localhost' is not a host with port", text);
    }

    [Fact]
    public void Help_names_every_option_with_its_default_and_its_variable_even_beside_errors()
    {
        _set.Required("--node", "ID", "Who this proxy is.", OptionParsers.Text);
        _set.Optional("--log-level", "LEVEL", "How much is logged.", "information", OptionParsers.Text);

        Assert.Equal(0, _set.Read(["--help", "--what"], NoEnvironment, _output, _error));

        var text = _output.ToString();
        Assert.Contains("--node", text);
        Assert.Contains("--log-level", text);
        Assert.Contains("MESH_LOG_LEVEL", text);
        Assert.Contains("[default: information]", text);
    }

    [Fact]
    public void A_required_option_without_value_is_reported_once()
    {
        _set.Required("--node", "ID", "Node.", OptionParsers.Text);

        Assert.Equal(2, _set.Read(["--node"], NoEnvironment, _output, _error));

        Assert.Equal("Required argument missing for option: '--node'.\nSee --help for all options.\n", _error.ToString());
    }

    [Theory]
    [InlineData("127.0.0.1:0", "127.0.0.1", 0)]
    [InlineData("[::1]:80", "::1", 80)]
    public void Addresses_with_ports_are_read(string text, string address, int port) =>
        Assert.Equal(new IPEndPoint(IPAddress.Parse(address), port), OptionParsers.EndPoint(text, out _));

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("::1:80")]
    [InlineData("localhost:80")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:-1")]
    [InlineData("127.0.0.1: 80")]
    public void Anything_else_is_refused_with_a_reason(string text)
    {
        OptionParsers.EndPoint(text, out var error);

        Assert.Contains("write IP:PORT", error);
    }
}
