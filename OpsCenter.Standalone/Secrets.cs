using System.Security.Cryptography;
using System.Text.Json;
using OpsCenter.Gateway.Keys;

namespace OpsCenter.Standalone;

/// <summary>What this installation keeps to itself, made on the first start and the same ever after.</summary>
/// <param name="ServiceToken">What services show each other.</param>
/// <param name="KeyPepper">Under which API keys are hashed; without it no stored key is recognised.</param>
/// <param name="ByokKek">Encrypts people's own provider keys; without it they are lost.</param>
/// <param name="DemoKey">The API key of the account that is there from the start.</param>
internal sealed record Secrets(string ServiceToken, string KeyPepper, string ByokKek, string DemoKey)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <exception cref="StandaloneException">The file is there and cannot be read.</exception>
    public static async Task<Secrets> LoadAsync(string folder, CancellationToken ct)
    {
        var file = Path.Combine(folder, "secrets.json");
        try
        {
            if (File.Exists(file))
            {
                return JsonSerializer.Deserialize<Secrets>(await File.ReadAllTextAsync(file, ct), Json)
                    ?? throw new JsonException("The file says null.");
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new StandaloneException($"{file} cannot be read ({fault.Message}) Bring it back from a backup: the keys in this data cannot be checked without it.", fault);
        }

        var secrets = New();
        // Written aside and moved, so that a start cut short leaves no half of it.
        await EmbeddedPostgres.WritePrivateAsync(file + ".new", JsonSerializer.Serialize(secrets, Json), ct);
        File.Move(file + ".new", file, overwrite: true);
        return secrets;
    }

    private static Secrets New() => new(
        RandomNumberGenerator.GetHexString(64, lowercase: true),
        Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
        Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
        ApiKeyText.Create());
}
