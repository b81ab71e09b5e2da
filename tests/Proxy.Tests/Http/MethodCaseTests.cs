using System.Text;
using Mesh.Proxy.Http;

namespace Mesh.Proxy.Tests.Http;

public sealed class MethodCaseTests
{
    [Theory]
    [InlineData("GET", true)]
    [InlineData("QUERY", true)]
    [InlineData("PROPFIND", true)]
    [InlineData("propfind", true)]
    [InlineData("gets", true)]
    [InlineData("M-search", true)]
    [InlineData("get", false)]
    [InlineData("Head", false)]
    [InlineData("pOST", false)]
    [InlineData("PUt", false)]
    [InlineData("delete", false)]
    [InlineData("cONNECT", false)]
    [InlineData("OPTIONs", false)]
    [InlineData("trace", false)]
    [InlineData("patch", false)]
    [InlineData("query", false)]
    public void A_known_method_has_one_case(string method, bool sound) =>
        Assert.Equal(sound, MethodCase.IsSound(Encoding.ASCII.GetBytes(method)));

    // What is let through is sent as it is: .NET's client knows no method that is not refused in another case.
    [Theory]
    [InlineData("propfind")]
    [InlineData("gets")]
    public void What_passes_is_written_as_it_came(string method) => Assert.Equal(method, HttpMethod.Parse(method).Method);
}
