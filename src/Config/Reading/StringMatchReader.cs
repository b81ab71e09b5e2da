using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>Reads a comparison of texts.</summary>
internal static class StringMatchReader
{
    internal const string Form = "an object with exact, prefix or regex";

    /// <summary>A comparison that must say what to compare with; <c>uri: {}</c> must not come to match everything.</summary>
    internal static StringMatchSpec Read(ObjectReader reader)
    {
        var match = ReadOrPresent(reader);
        if (match.Kind == StringMatchKind.Present)
        {
            reader.ReportHere(DiagnosticCodes.MissingField, "compares with nothing; give exact, prefix or regex");
        }
        return match;
    }

    /// <summary>A comparison of a header that must not match; Istio takes the regex <c>*</c>, which is none, for presence here.</summary>
    internal static StringMatchSpec ReadAbsence(ObjectReader reader) =>
        ReadOrPresent(reader) is var match && match is { Kind: StringMatchKind.Regex, Value: "*" } ? StringMatchSpec.Present : match;

    /// <summary>A comparison in which <c>{}</c> means that the header or parameter is there.</summary>
    internal static StringMatchSpec ReadOrPresent(ObjectReader reader)
    {
        reader.Exclusive("exact", "prefix", "regex");
        var (exact, prefix, regex) = (reader.Text("exact"), reader.Text("prefix"), reader.Text("regex"));
        return (exact, prefix, regex) switch
        {
            ({ } value, _, _) => StringMatchSpec.Exact(value),
            (_, { } value, _) => StringMatchSpec.Prefix(value),
            (_, _, { } value) => StringMatchSpec.Regex(value),
            _ => StringMatchSpec.Present,
        };
    }
}
