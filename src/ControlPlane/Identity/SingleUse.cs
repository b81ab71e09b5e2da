using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.ControlPlane.Identity;

/// <summary>A token that serves one key alone: the first that comes with it. The same key may come again, because answers get lost.</summary>
internal sealed class SingleUse(SpentTokens spent, string tokenHash)
{
    /// <summary>False where the token was used for another key before. Remembered past a restart before it returns true.</summary>
    public bool Allows(PublicKey key) =>
        spent.TryUse(tokenHash, Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo())));

    /// <summary>True where it was used for some key: a replay, unless it comes with that key.</summary>
    public bool IsSpent => spent.Knows(tokenHash);
}
