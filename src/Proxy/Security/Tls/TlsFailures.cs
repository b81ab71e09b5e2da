using System.Security.Authentication;
using System.Security.Cryptography;

namespace Mesh.Proxy.Security.Tls;

/// <summary>Puts what the runtime says about a failed handshake into one line.</summary>
internal static class TlsFailures
{
    public static TlsException Of(Exception error, PeerCheck? check) => new(check?.Problem ?? Text(error), error);

    /// <summary>What a handshake may end with.</summary>
    public static bool IsOne(Exception error) =>
        error is AuthenticationException or IOException or CryptographicException or UnauthorizedAccessException or ArgumentException;

    // The innermost message is OpenSSL's own, such as "error:0A000412:SSL routines::ssl/tls alert bad certificate".
    private static string Text(Exception error)
    {
        while (error.InnerException is { } inner)
        {
            error = inner;
        }

        return error.Message.ReplaceLineEndings(" ");
    }
}
