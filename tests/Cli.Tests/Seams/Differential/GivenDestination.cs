namespace Mesh.Cli.Tests.Seams.Differential;

/// <summary>A destination as a user writes it.</summary>
internal sealed record GivenDestination(string Host, string? Subset, int? Port, int Weight)
{
    public Dictionary<string, object> Written()
    {
        var destination = new Dictionary<string, object> { ["host"] = Host };
        if (Subset is not null)
        {
            destination.Add("subset", Subset);
        }

        if (Port is { } port)
        {
            destination.Add("port", new Dictionary<string, int> { ["number"] = port });
        }

        return new() { ["destination"] = destination, ["weight"] = Weight };
    }
}
