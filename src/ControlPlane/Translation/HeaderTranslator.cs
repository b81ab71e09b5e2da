using System.Collections.Immutable;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Header edits in their fixed order; an edit of Host is a rewrite of the authority instead (A.2 "headers").</summary>
internal static class HeaderTranslator
{
    public static HeaderOperations Request(HeadersSpec? spec) => Translate(spec?.Request);

    public static HeaderOperations Response(HeadersSpec? spec) => Translate(spec?.Response);

    /// <summary>The new authority that request edits ask for; null for none.</summary>
    public static string? Authority(HeadersSpec? spec) =>
        spec?.Request is { } request ? AuthorityIn(request.Set) ?? AuthorityIn(request.Add) : null;

    private static HeaderOperations Translate(HeaderOperationsSpec? spec)
    {
        if (spec is null)
        {
            return HeaderOperations.None;
        }

        var operations = new HeaderOperations(
            Pairs(spec.Set),
            Pairs(spec.Add),
            [.. spec.Remove.Select(Name).Where(IsHeader).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]
        );
        return operations.IsEmpty ? HeaderOperations.None : operations;
    }

    private static ImmutableArray<KeyValuePair<string, string>> Pairs(ImmutableSortedDictionary<string, string> edits) =>
        [
            .. edits
                .Select(edit => KeyValuePair.Create(Name(edit.Key), edit.Value))
                .Where(edit => IsHeader(edit.Key))
                .OrderBy(edit => edit.Key, StringComparer.Ordinal),
        ];

    private static string? AuthorityIn(ImmutableSortedDictionary<string, string> edits) =>
        edits.Where(edit => Name(edit.Key) is "host" or ":authority").Select(edit => edit.Value).FirstOrDefault();

    private static string Name(string name) => name.ToLowerInvariant();

    private static bool IsHeader(string name) => name.Length > 0 && name[0] != ':' && name != "host";
}
