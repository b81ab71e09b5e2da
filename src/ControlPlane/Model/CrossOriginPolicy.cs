using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>What a rule tells browsers about requests from other origins.</summary>
/// <param name="Origins">Any of them is allowed.</param>
/// <param name="MaxAge">In whole seconds; null says nothing.</param>
/// <param name="AnswersUnmatchedPreflights">A preflight of an origin that is not allowed is answered by the proxy instead of forwarded.</param>
internal sealed record CrossOriginPolicy(
    ImmutableArray<StringMatch> Origins,
    ImmutableArray<string> Methods,
    ImmutableArray<string> Headers,
    ImmutableArray<string> ExposedHeaders,
    TimeSpan? MaxAge,
    bool? Credentials,
    bool AnswersUnmatchedPreflights
);
