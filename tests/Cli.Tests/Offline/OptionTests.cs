using Mesh.Cli.Offline;

namespace Mesh.Cli.Tests.Offline;

/// <summary>Bad values of the offline commands, which are all told at once.</summary>
public sealed class OptionTests
{
    [Fact]
    public void Every_bad_value_is_told()
    {
        string[] arguments = ["-f", "/nowhere/at/all", "--node", "me", "--root-namespace", "UP", "--trust-domain", "!!", "-o", "xml"];

        var errors = TranslateCommand.Create().Parse(arguments).Errors.Select(error => error.Message).ToList();

        Assert.All(
            new[] { "/nowhere/at/all", "'me'", "'UP'", "'!!'", "'xml'" },
            value => Assert.Contains(errors, error => error.Contains(value, StringComparison.Ordinal))
        );
    }

    [Fact]
    public void A_library_may_have_any_name() =>
        Assert.Empty(TranslateCommand.Create().Parse(["-f", "/", "--node", "me", "--grpc-target", "books.shop:80"]).Errors);
}
