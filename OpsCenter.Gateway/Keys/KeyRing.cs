using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace OpsCenter.Gateway.Keys;

/// <summary>The pepper under which keys are kept. A stolen database without it recognises no key.</summary>
public sealed class KeyOptions
{
    public const string Section = "OpsCenter:Keys";

    /// <summary>At least 32 random bytes, base64.</summary>
    [Required(ErrorMessage = "OpsCenter:Keys:Pepper is missing. Give every Gateway the same random secret, for example from `openssl rand -base64 32`, and keep a copy: without it no key works.")]
    [Base64String(ErrorMessage = "OpsCenter:Keys:Pepper must be base64, for example from `openssl rand -base64 32`.")]
    [MinLength(43, ErrorMessage = "OpsCenter:Keys:Pepper must be at least 32 bytes of base64, for example from `openssl rand -base64 32`.")]
    public string Pepper { get; set; } = "";

    [Range(1, 32_767)]
    public int PepperVersion { get; set; } = 1;
}

[OptionsValidator]
internal sealed partial class KeyOptionsValidator : IValidateOptions<KeyOptions>;

internal sealed class KeyRing(IOptions<KeyOptions> options)
{
    private readonly byte[] _pepper = Convert.FromBase64String(options.Value.Pepper);

    public int Version { get; } = options.Value.PepperVersion;

    public byte[] Mac(string key) => HMACSHA256.HashData(_pepper, Encoding.UTF8.GetBytes(key));
}
