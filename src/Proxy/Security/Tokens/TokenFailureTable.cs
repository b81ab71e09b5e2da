using System.Text;

namespace Mesh.Proxy.Security.Tokens;

/// <summary>The one place that says what a <see cref="TokenFailure"/> looks like: Envoy's sentence for the client, and its details for the log.</summary>
internal static class TokenFailureTable
{
    private static readonly string[] Sentences = Build();
    private static readonly byte[][] Bodies = [.. Sentences.Select(Encoding.ASCII.GetBytes)];

    // Envoy, response code details: the sentence as one word.
    private static readonly string[] Details =
    [
        .. Sentences.Select(sentence => $"jwt_authn_access_denied{{{sentence.Replace(' ', '_')}}}"),
    ];

    public static string Sentence(TokenFailure failure) => Sentences[(int)failure];

    public static ReadOnlyMemory<byte> Body(TokenFailure failure) => Bodies[(int)failure];

    public static string DetailsOf(TokenFailure failure) => Details[(int)failure];

    private static string[] Build()
    {
        var sentences = new string[Enum.GetValues<TokenFailure>().Length];
        Array.Fill(sentences, "");
        void Set(TokenFailure failure, string sentence) => sentences[(int)failure] = sentence;

        // The words are Envoy's, so that what clients and people look for is found.
        Set(TokenFailure.BadFormat, "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections");
        Set(TokenFailure.HeaderNotBase64, "Jwt header is an invalid Base64url encoded");
        Set(TokenFailure.HeaderNotJson, "Jwt header is an invalid JSON");
        Set(TokenFailure.AlgorithmMissing, "Jwt header [alg] field is required and must be a string");
        Set(TokenFailure.AlgorithmNotSupported, "Jwt header [alg] is not supported");
        Set(TokenFailure.CriticalNotSupported, "Jwt header [crit] is not supported");
        Set(TokenFailure.KeyIdNotText, "Jwt header [kid] field is not a string");
        Set(TokenFailure.PayloadNotBase64, "Jwt payload is an invalid Base64url encoded");
        Set(TokenFailure.PayloadNotJson, "Jwt payload is an invalid JSON");
        Set(TokenFailure.IssuerNotText, "Jwt payload [iss] field is not a string");
        Set(TokenFailure.SubjectNotText, "Jwt payload [sub] field is not a string");
        Set(TokenFailure.IssuedAtNotNumber, "Jwt payload [iat] field is not a positive integer");
        Set(TokenFailure.NotBeforeNotNumber, "Jwt payload [nbf] field is not a positive integer");
        Set(TokenFailure.ExpiresNotNumber, "Jwt payload [exp] field is not a positive integer");
        Set(TokenFailure.AudiencesNotTexts, "Jwt payload [aud] field is not a string or string list");
        Set(TokenFailure.SignatureNotBase64, "Jwt signature is an invalid Base64url encoded");
        Set(TokenFailure.UnknownIssuer, "Jwt issuer is not configured");
        Set(TokenFailure.NotYetValid, "Jwt not yet valid");
        Set(TokenFailure.Expired, "Jwt is expired");
        Set(TokenFailure.AudienceNotAllowed, "Audiences in Jwt are not allowed");
        Set(TokenFailure.NoKeys, "Jwks doesn't have any valid public key");
        Set(TokenFailure.NoMatchingKey, "Jwks doesn't have key to match kid or alg from Jwt");
        Set(TokenFailure.WrongSignature, "Jwt verification fails");
        Set(TokenFailure.TooManyTokens, "Found multiple Jwt tokens");
        return sentences;
    }
}
