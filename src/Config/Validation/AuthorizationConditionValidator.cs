using System.Collections.Immutable;
using Mesh.Config.Reading;
using Mesh.Config.Specs;

namespace Mesh.Config.Validation;

/// <summary>Checks a condition of an AuthorizationPolicy: the attribute exists, and its values can be such.</summary>
internal static class AuthorizationConditionValidator
{
    internal static void Validate(AuthorizationConditionSpec condition, FieldPath path, ProblemList problems)
    {
        ValidateKey(condition.Key, path.Field("key"), problems);
        if (condition.Values.IsEmpty && condition.NotValues.IsEmpty)
        {
            problems.Add(DiagnosticCodes.MissingField, path.Field("values"), "is missing; give values or notValues");
        }
        ValidateValues(condition.Key, condition.Values, path.Field("values"), problems);
        ValidateValues(condition.Key, condition.NotValues, path.Field("notValues"), problems);
    }

    private static void ValidateKey(string key, FieldPath path, ProblemList problems)
    {
        if (key.Length == 0 || AuthorizationAttributes.Plain.Contains(key))
        {
            return;
        }
        if (key.StartsWith(AuthorizationAttributes.RequestHeaders, StringComparison.Ordinal))
        {
            if (
                AuthorizationAttributes.Brackets(key, AuthorizationAttributes.RequestHeaders) is not [var name]
                || !(Syntax.IsHeaderName(name) || name is ":method" or ":path" or ":authority" or ":scheme")
            )
            {
                problems.Add(DiagnosticCodes.UnknownAttribute, path, $"is \"{key}\", must name one header, as in request.headers[x-token]");
            }
        }
        else if (key.StartsWith(AuthorizationAttributes.RequestClaims, StringComparison.Ordinal))
        {
            if (AuthorizationAttributes.Brackets(key, AuthorizationAttributes.RequestClaims) is null)
            {
                problems.Add(
                    DiagnosticCodes.UnknownAttribute,
                    path,
                    $"is \"{key}\", must name a claim, as in request.auth.claims[iss] or request.auth.claims[realm][roles]"
                );
            }
        }
        else if (key.StartsWith(AuthorizationAttributes.ExperimentalPrefix, StringComparison.Ordinal))
        {
            if (!IsExperimental(key))
            {
                problems.Add(
                    DiagnosticCodes.UnknownAttribute,
                    path,
                    $"is \"{key}\", must name a filter and a key, as in experimental.envoy.filters.network.mysql_proxy[db.table]"
                );
            }
        }
        else
        {
            IEnumerable<string> known =
            [
                .. AuthorizationAttributes.Plain,
                "request.headers[NAME]",
                "request.auth.claims[NAME]",
                "experimental.envoy.filters.FILTER[KEY]",
            ];
            var near = NearestName.Find(key, AuthorizationAttributes.Plain);
            problems.Add(
                DiagnosticCodes.UnknownAttribute,
                path,
                $"is \"{key}\", which is no attribute; "
                    + (near is null ? $"known are {string.Join(", ", known)}" : $"did you mean {near}?")
            );
        }
    }

    private static bool IsExperimental(string key)
    {
        var bracket = key.IndexOf('[');
        return bracket > AuthorizationAttributes.ExperimentalPrefix.Length
            && AuthorizationAttributes.Brackets(key, key[..bracket]) is { Count: 1 };
    }

    private static void ValidateValues(string key, ImmutableArray<string> values, FieldPath path, ProblemList problems)
    {
        AuthorizationPolicyValidator.ValidateTexts(values, path, problems);
        switch (key)
        {
            case AuthorizationAttributes.SourceIp or AuthorizationAttributes.RemoteIp or AuthorizationAttributes.DestinationIp:
                SharedChecks.Subnets([.. values.Where(value => value.Length > 0)], path, problems);
                break;
            case AuthorizationAttributes.DestinationPort:
                AuthorizationPolicyValidator.ValidatePorts(values, path, problems);
                break;
            case AuthorizationAttributes.SourceServiceAccount:
                for (var i = 0; i < values.Length; i++)
                {
                    if (values[i].Length > 0 && !AuthorizationPolicyValidator.IsAccount(values[i]))
                    {
                        problems.Add(
                            DiagnosticCodes.InvalidName,
                            path.Index(i),
                            $"is \"{values[i]}\", must be an account, or namespace/account"
                        );
                    }
                }
                break;
        }
    }
}
