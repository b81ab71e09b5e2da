using Mesh.Cli.Online;

namespace Mesh.Cli.Tests;

public sealed class EnvironmentArgumentsTests
{
    private static readonly Dictionary<string, string> Environment = new() { ["MESH_CONTROL_PLANE"] = "127.0.0.1:1", ["MESH_OUTPUT"] = "" };

    [Fact]
    public void A_required_option_may_come_from_the_environment()
    {
        var command = ProxyStatusCommand.Create();

        var parsed = EnvironmentArguments.Parse(command, [], Environment);

        Assert.Empty(parsed.Errors);
        Assert.Equal("127.0.0.1:1", parsed.GetValue<string>("--control-plane"));
        Assert.Equal("table", parsed.GetValue<string>("--output"));
    }

    [Fact]
    public void The_command_line_beats_the_environment() =>
        Assert.Equal(
            "127.0.0.1:2",
            EnvironmentArguments
                .Parse(ProxyStatusCommand.Create(), ["--control-plane", "127.0.0.1:2"], Environment)
                .GetValue<string>("--control-plane")
        );

    [Fact]
    public void A_bad_value_from_the_environment_is_an_error_as_one_from_the_command_line()
    {
        var bad = new Dictionary<string, string> { ["MESH_CONTROL_PLANE"] = "nowhere", ["MESH_OUTPUT"] = "xml" };

        Assert.Equal(2, EnvironmentArguments.Parse(ProxyStatusCommand.Create(), [], bad).Errors.Count);
    }

    [Fact]
    public void The_help_names_each_variable()
    {
        var command = ProxyStatusCommand.Create();

        EnvironmentArguments.Describe(command);

        Assert.All(
            command.Options,
            option => Assert.Contains(EnvironmentArguments.NameOf(option), option.Description, StringComparison.Ordinal)
        );
    }
}
