using Mesh.Config.Specs;

namespace Mesh.Config.Validation;

/// <summary>Checks one HTTP rule: that it has one action, its matches and its destinations.</summary>
internal static class HttpRouteValidator
{
    internal static void Validate(HttpRouteSpec rule, FieldPath path, ProblemList problems)
    {
        ValidateAction(rule, path, problems);
        for (var i = 0; i < rule.Match.Length; i++)
        {
            HttpMatchValidator.Validate(rule.Match[i], path.Field("match").Index(i), problems);
        }
        for (var i = 0; i < rule.Route.Length; i++)
        {
            var (destination, at) = (rule.Route[i], path.Field("route").Index(i));
            SharedChecks.Destination(destination.Destination, at.Field("destination"), problems);
            HeaderValidator.Validate(destination.Headers, at.Field("headers"), problems);
        }
        SharedChecks.Weights(rule.Route.Select(destination => destination.Weight), path.Field("route"), problems);
        HeaderValidator.Validate(rule.Headers, path.Field("headers"), problems);
        HeaderValidator.ValidateAuthority(rule, path, problems);
        HttpActionValidator.Validate(rule, path, problems);
    }

    // exactly one of    route  redirect  directResponse  delegate
    // may go along with
    //   rewrite           yes     -            -            yes
    //   fault             yes     -            -            yes
    private static void ValidateAction(HttpRouteSpec rule, FieldPath path, ProblemList problems)
    {
        var actions = new[]
        {
            (Name: "route", Given: !rule.Route.IsEmpty),
            (Name: "redirect", Given: rule.Redirect is not null),
            (Name: "directResponse", Given: rule.DirectResponse is not null),
            (Name: "delegate", Given: rule.Delegate is not null),
        }
            .Where(action => action.Given)
            .Select(action => action.Name)
            .ToArray();
        if (actions.Length == 0)
        {
            problems.Add(DiagnosticCodes.NoAction, path, "has no action; give one of route, redirect, directResponse or delegate");
            return;
        }
        foreach (var action in actions.Skip(1))
        {
            problems.Add(
                DiagnosticCodes.ConflictingActions,
                path.Field(action),
                $"cannot be given together with {actions[0]}; split the rule or remove one"
            );
        }
        if (actions[0] is "route" or "delegate")
        {
            return;
        }
        if (rule.Rewrite is not null)
        {
            problems.Add(
                DiagnosticCodes.ConflictingActions,
                path.Field("rewrite"),
                $"has no request to rewrite: {actions[0]} answers without forwarding"
            );
        }
        if (rule.Fault is not null)
        {
            problems.Add(
                DiagnosticCodes.ConflictingActions,
                path.Field("fault"),
                $"cannot be given together with {actions[0]}; remove one of them"
            );
        }
    }
}
