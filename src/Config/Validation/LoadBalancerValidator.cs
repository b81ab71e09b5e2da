using System.Collections.Immutable;
using Mesh.Config.Specs;

namespace Mesh.Config.Validation;

/// <summary>Checks how an endpoint is picked.</summary>
internal static class LoadBalancerValidator
{
    private const long MaxRing = 8 * 1024 * 1024; // Envoy's limit
    private const long MaxMaglevTable = 5_000_011; // Envoy's limit

    internal static void Validate(LoadBalancerSpec? balancer, FieldPath path, ProblemList problems)
    {
        if (balancer is null)
        {
            return;
        }
        ValidateHash(balancer.ConsistentHash, path.Field("consistentHash"), problems);
        ValidateLocality(balancer.LocalityLb, path.Field("localityLbSetting"), problems);
        if (balancer.ZoneAware is { } zoneAware)
        {
            ValidateFailover(zoneAware.Failover, path.Field("zoneAwareLbSetting").Field("failover"), problems);
        }
        if (balancer.LocalityLb is not null && balancer.ZoneAware is not null)
        {
            problems.Add(
                DiagnosticCodes.ConflictingFields,
                path.Field("zoneAwareLbSetting"),
                "cannot be given together with localityLbSetting; remove one of them"
            );
        }
        var warmsUp =
            balancer.ConsistentHash is null
            && balancer.Simple
                is null
                    or SimpleLoadBalancer.Unspecified
                    or SimpleLoadBalancer.RoundRobin
                    or SimpleLoadBalancer.LeastRequest;
        if (balancer.Warmup is not null && !warmsUp)
        {
            problems.Add(DiagnosticCodes.IneffectiveSetting, path.Field("warmup"), "has an effect only with ROUND_ROBIN and LEAST_REQUEST");
        }
    }

    private static void ValidateHash(ConsistentHashSpec? hash, FieldPath path, ProblemList problems)
    {
        if (hash is null)
        {
            return;
        }
        if (hash is { HttpHeaderName: null, HttpCookie: null, UseSourceIp: false, HttpQueryParameterName: null })
        {
            problems.Add(
                DiagnosticCodes.InvalidHash,
                path,
                "has no key; give one of httpHeaderName, httpCookie, useSourceIp or httpQueryParameterName"
            );
        }
        if (hash.HttpHeaderName is { } header && !Syntax.IsHeaderName(header))
        {
            problems.Add(DiagnosticCodes.InvalidHeader, path.Field("httpHeaderName"), $"is no header name: \"{header}\"");
        }
        if (hash.HttpCookie is { Name.Length: > 0 } cookie && !Syntax.IsHeaderName(cookie.Name))
        {
            problems.Add(DiagnosticCodes.InvalidHeader, path.Field("httpCookie").Field("name"), $"is no cookie name: \"{cookie.Name}\"");
        }
        if (hash.MinimumRingSize > MaxRing)
        {
            problems.Add(
                DiagnosticCodes.InvalidHash,
                path.Field("ringHash").Field("minimumRingSize"),
                $"is {hash.MinimumRingSize}, must be at most {MaxRing}"
            );
        }
        if (hash.MaglevTableSize is { } size && (size >= MaxMaglevTable || !IsPrime(size)))
        {
            problems.Add(
                DiagnosticCodes.InvalidHash,
                path.Field("maglev").Field("tableSize"),
                $"is {size}, must be a prime below {MaxMaglevTable}, such as 65537"
            );
        }
    }

    private static bool IsPrime(long number)
    {
        for (long divisor = 2; divisor * divisor <= number; divisor++)
        {
            if (number % divisor == 0)
            {
                return false;
            }
        }
        return number > 1;
    }

    private static void ValidateLocality(LocalityLbSpec? locality, FieldPath path, ProblemList problems)
    {
        if (locality is null)
        {
            return;
        }
        if (!locality.Distribute.IsEmpty && !(locality.Failover.IsEmpty && locality.FailoverPriority.IsEmpty))
        {
            problems.Add(
                DiagnosticCodes.InvalidLocality,
                path.Field("distribute"),
                "cannot be given together with failover or failoverPriority; remove one of them"
            );
        }
        var origins = path.Field("distribute");
        ValidateNames(locality.Distribute.Select(share => share.From), origins, at => at.Field("from"), problems);
        for (var i = 0; i < locality.Distribute.Length; i++)
        {
            var (share, to) = (locality.Distribute[i], origins.Index(i).Field("to"));
            var sum = share.To.Values.Sum(weight => (long)weight);
            if (sum != 100)
            {
                problems.Add(DiagnosticCodes.InvalidLocality, to, $"adds up to {sum}, must be 100 per cent");
            }
            foreach (var (target, _) in share.To.Where(target => !IsLocality(target.Key)))
            {
                problems.Add(
                    DiagnosticCodes.InvalidLocality,
                    to.Key(target),
                    $"is \"{target}\", must be region/zone/subzone with * at the end only"
                );
            }
        }
        ValidateFailover(locality.Failover, path.Field("failover"), problems);
    }

    private static void ValidateNames(IEnumerable<string> names, FieldPath list, Func<FieldPath, FieldPath> at, ProblemList problems)
    {
        var seen = new List<string>();
        foreach (var name in names)
        {
            var path = at(list.Index(seen.Count));
            if (!IsLocality(name))
            {
                problems.Add(DiagnosticCodes.InvalidLocality, path, $"is \"{name}\", must be region/zone/subzone with * at the end only");
            }
            else if (seen.Find(earlier => Overlap(earlier, name)) is { } other)
            {
                problems.Add(
                    DiagnosticCodes.InvalidLocality,
                    path,
                    $"is {name}, which overlaps with {other}; each origin may be given once"
                );
            }
            seen.Add(name);
        }
    }

    private static bool IsLocality(string text)
    {
        var parts = text.Split('/');
        return parts.Length <= 3
            && parts.All(part => part.Length > 0)
            && parts[..^1].All(part => !part.Contains('*'))
            && parts[^1].IndexOf('*') is -1 or 0;
    }

    private static bool Overlap(string a, string b)
    {
        var (one, two) = (a.Split('/'), b.Split('/'));
        return one.Zip(two).All(pair => pair.First == pair.Second || pair.First == "*" || pair.Second == "*");
    }

    private static void ValidateFailover(ImmutableArray<LocalityFailoverSpec> failover, FieldPath path, ProblemList problems)
    {
        for (var i = 0; i < failover.Length; i++)
        {
            var (pair, at) = (failover[i], path.Index(i));
            if (pair.From == pair.To)
            {
                problems.Add(DiagnosticCodes.InvalidLocality, at, $"goes from {pair.From} to itself; name another region");
            }
            foreach (var (field, region) in new[] { ("from", pair.From), ("to", pair.To) })
            {
                if (region.AsSpan().ContainsAny('/', '*'))
                {
                    problems.Add(DiagnosticCodes.InvalidLocality, at.Field(field), $"is \"{region}\", must be a region alone");
                }
            }
        }
        SharedChecks.Unique(failover.Select(pair => pair.From), path, problems, pair => pair.Field("from"));
    }
}
