using System.Net;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: which connections a filter chain takes.</summary>
internal static class FilterChainMatchReader
{
    private const string Tls = "tls";

    public static ChainPlan Read(Pb.FilterChain chain, ProblemList problems)
    {
        if (chain.FilterChainMatch is not { } match)
        {
            return new ChainPlan { Name = chain.Name };
        }

        using var inMatch = problems.In("filter_chain_match");
        if (match.DestinationPort > IPEndPoint.MaxPort)
        {
            problems.Add("destination_port", $"{match.DestinationPort} is not a port");
        }

        void Refuse(bool isSet, string field)
        {
            if (isSet)
            {
                problems.Add(field, "is not supported");
            }
        }

        Refuse(match.TransportProtocol is not ("" or "raw_buffer" or Tls), "transport_protocol");
        Refuse(match.SourcePrefixRanges.Count > 0, "source_prefix_ranges");
        Refuse(match.DirectSourcePrefixRanges.Count > 0, "direct_source_prefix_ranges");
        Refuse(match.SourcePorts.Count > 0, "source_ports");
        Refuse(match.SourceType != Pb.FilterChainMatch.Types.ConnectionSourceType.Any, "source_type");
        return new ChainPlan
        {
            Name = chain.Name,
            Port = (int)Math.Min(match.DestinationPort ?? 0, IPEndPoint.MaxPort),
            Ranges = [.. match.PrefixRanges.Select(range => Range(range, problems)).OfType<IPNetwork>()],
            ServerNames = [.. match.ServerNames.Select(name => Name(name, problems))],
            TlsOnly = match.TransportProtocol == Tls,
            // Of plaintext they name what the first bytes show, which they do anyway.
            Offered = match.TransportProtocol == Tls ? [.. match.ApplicationProtocols] : [],
        };
    }

    /// <summary>Two chains that ask the same of a connection: which of them has it would be chance.</summary>
    public static void RefuseEquals(IEnumerable<ChainPlan> chains, ProblemList problems)
    {
        var seen = new Dictionary<(int, IPNetwork?, string?, string? Offered, bool Tls, bool Http), string>();
        foreach (var chain in chains.Where(chain => chain.IsFiner))
        {
            var ranges = chain.Ranges.IsEmpty ? [null] : chain.Ranges.Select(range => (IPNetwork?)range);
            var names = chain.ServerNames.IsEmpty ? [null] : chain.ServerNames.Select(name => (string?)name);
            var offers = chain.Offered.IsEmpty ? [null] : chain.Offered.Select(offer => (string?)offer);
            foreach (
                var key in from range in ranges
                from name in names
                from offer in offers
                select (chain.Port, range, name, offer, chain.TlsOnly, chain.IsHttp)
            )
            {
                if (!seen.TryAdd(key, chain.Name))
                {
                    problems.Add("filter_chains", $"'{chain.Name}' takes connections that '{seen[key]}' takes already");
                }
            }
        }
    }

    private static IPNetwork? Range(Pb.CidrRange range, ProblemList problems)
    {
        if (
            !IPAddress.TryParse(range.AddressPrefix, out var address)
            || (range.PrefixLen ?? 0) > (uint)(address.GetAddressBytes().Length * 8)
        )
        {
            problems.Add("prefix_ranges", $"'{range.AddressPrefix}/{range.PrefixLen}' is not a range of addresses");
            return null;
        }

        // Bits beyond the prefix do not count.
        var length = (int)(range.PrefixLen ?? 0);
        var bytes = address.GetAddressBytes();
        for (var bit = length; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return new IPNetwork(new IPAddress(bytes), length);
    }

    private static string Name(string name, ProblemList problems)
    {
        var rest = name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name;
        if (rest.Length == 0 || rest.Contains('*', StringComparison.Ordinal))
        {
            problems.Add("server_names", $"'{name}' must be a name, or *. and a suffix");
        }

        return name.ToLowerInvariant();
    }
}
