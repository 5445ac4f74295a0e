using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace OpsCenter.Gateway.Accounts;

/// <summary>256 random bits for a cookie or a link. Only its hash is kept; so much entropy needs no slow hash.</summary>
internal static class Secret
{
    public static string Create() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
