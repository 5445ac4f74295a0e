using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace OpsCenter.Gateway.Upstreams;

/// <summary>Where the providers are and how long we wait for them.</summary>
public sealed class UpstreamOptions
{
    public const string Section = "Upstreams";

    /// <summary>
    /// Base address of the Sandbox, which answers for every provider without a key. Unset: such a provider is not used.
    /// </summary>
    public string? SandboxUrl { get; set; }

    /// <summary>Overrides by upstream id: <c>Upstreams:Providers:groq:ApiKey</c>.</summary>
    public Dictionary<string, UpstreamOverride> Providers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Seconds to open a connection.</summary>
    [Range(1, 120)]
    public int ConnectSeconds { get; set; } = 5;

    /// <summary>Seconds until the first byte of a streamed answer; then the next candidate is tried.</summary>
    [Range(1, 3600)]
    public int FirstByteSeconds { get; set; } = 60;

    /// <summary>Seconds until a whole answer that is not streamed; long reasoning is legitimate.</summary>
    [Range(1, 3600)]
    public int WholeAnswerSeconds { get; set; } = 600;

    /// <summary>Seconds of silence inside a stream after which it counts as dead.</summary>
    [Range(1, 3600)]
    public int SilenceSeconds { get; set; } = 60;
}

public sealed class UpstreamOverride
{
    /// <summary>Replaces the provider's own address. A platform key is never sent to another host unless an operator says so here.</summary>
    public string? BaseUrl { get; set; }

    public string? ApiKey { get; set; }
}

[OptionsValidator]
internal sealed partial class UpstreamOptionsValidator : IValidateOptions<UpstreamOptions>;
