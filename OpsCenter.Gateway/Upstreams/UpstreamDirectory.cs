using System.Collections.Frozen;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Options;

namespace OpsCenter.Gateway.Upstreams;

/// <summary>The servers that can be called: the nine providers (local counts once, with two kinds of server), their keys and wires.</summary>
internal sealed class UpstreamDirectory : IDisposable
{
    private static readonly Known[] All =
    [
        new("vllm", "local", "VLLM_BASE_URL", null, null, Wire.OpenAi),
        new("ollama", "local", "OLLAMA_BASE_URL", null, null, Wire.Ollama),
        new("groq", "groq", null, "GROQ_API_KEY", "https://api.groq.com/openai/v1/", Wire.OpenAi),
        new("huggingface", "huggingface", null, "HUGGINGFACE_API_KEY", "https://router.huggingface.co/v1/", Wire.OpenAi),
        new("together", "together", null, "TOGETHER_API_KEY", "https://api.together.xyz/v1/", Wire.OpenAi),
        new("fireworks", "fireworks", null, "FIREWORKS_API_KEY", "https://api.fireworks.ai/inference/v1/", Wire.OpenAi),
        new("deepinfra", "deepinfra", null, "DEEPINFRA_API_KEY", "https://api.deepinfra.com/v1/openai/", Wire.OpenAi),
        new("openrouter", "openrouter", null, "OPENROUTER_API_KEY", "https://openrouter.ai/api/v1/", Wire.OpenAi),
        new("anthropic", "anthropic", null, "ANTHROPIC_API_KEY", "https://api.anthropic.com/v1/", Wire.Anthropic),
        new("openai", "openai", null, "OPENAI_API_KEY", "https://api.openai.com/v1/", Wire.OpenAi),
    ];

    private readonly FrozenDictionary<string, Upstream> _upstreams;
    private readonly List<SocketsHttpHandler> _handlers = [];

    public UpstreamDirectory(IOptions<UpstreamOptions> options, IConfiguration configuration)
    {
        _upstreams = All
            .Select(known => Resolve(known, options.Value, configuration))
            .OfType<Upstream>()
            .ToFrozenDictionary(upstream => upstream.Id);
        Ready = _upstreams.Keys.ToFrozenSet();
        Sandboxed = [.. _upstreams.Values.Where(upstream => upstream.IsSandbox).Select(upstream => upstream.Provider).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>Ids of the upstreams that can be called.</summary>
    public IReadOnlySet<string> Ready { get; }

    /// <summary>Ids of those that speak one dialect.</summary>
    public IReadOnlySet<string> Speaking(Wire wire) => _upstreams.Values.Where(upstream => upstream.Wire == wire).Select(upstream => upstream.Id).ToFrozenSet();

    /// <summary>Providers that the Sandbox answers for.</summary>
    public IReadOnlyList<string> Sandboxed { get; }

    public Upstream this[string id] => _upstreams[id];

    public void Dispose() => _handlers.ForEach(handler => handler.Dispose());

    private Upstream? Resolve(Known known, UpstreamOptions options, IConfiguration configuration)
    {
        var chosen = options.Providers.GetValueOrDefault(known.Id) ?? new UpstreamOverride();
        var key = chosen.ApiKey ?? (known.KeyVariable is null ? null : configuration[known.KeyVariable]);
        var address = chosen.BaseUrl ?? (known.AddressVariable is null ? known.BaseUrl : configuration[known.AddressVariable]);

        // A local server needs an address and no key; everybody else needs a key.
        var configured = known.KeyVariable is null ? address is { Length: > 0 } : key is { Length: > 0 };
        if (configured)
            return new Upstream(known.Id, known.Provider, Base(known, address!), known.Wire, IsSandbox: false, Credential(known, key), Invoker(options));
        return options.SandboxUrl is { Length: > 0 } sandbox
            ? new Upstream(known.Id, known.Provider, Base(known, $"{sandbox.TrimEnd('/')}/sandbox/{known.Id}/v1"), known.Wire, IsSandbox: true, Credential(known, "sandbox"), Invoker(options))
            : null;
    }

    /// <summary>Ends with a slash. Ollama's own paths stand beside the <c>/v1</c> that most people write behind its address.</summary>
    private static Uri Base(Known known, string address)
    {
        address = address.TrimEnd('/');
        if (known.Wire is Wire.Ollama && address.EndsWith("/v1", StringComparison.Ordinal))
            address = address[..^"/v1".Length];
        return new Uri(address + "/");
    }

    private static Action<HttpRequestHeaders> Credential(Known known, string? key)
    {
        if (string.IsNullOrEmpty(key))
            return static _ => { };
        if (known.Wire is Wire.Anthropic)
            return headers => headers.Add("x-api-key", key);
        return headers => headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>
    /// An invoker over a handler of its own, not an HttpClient: HttpClient may buffer the whole answer and has a timeout of
    /// its own. Redirects stay off, because a followed one would carry the key to another host.
    /// </summary>
    private HttpMessageInvoker Invoker(UpstreamOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(options.ConnectSeconds),
            EnableMultipleHttp2Connections = true,
            PooledConnectionLifetime = TimeSpan.FromMinutes(15),
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
        };
        _handlers.Add(handler);
        return new HttpMessageInvoker(handler, disposeHandler: false);
    }

    private sealed record Known(string Id, string Provider, string? AddressVariable, string? KeyVariable, string? BaseUrl, Wire Wire);
}

internal enum Wire
{
    OpenAi,
    Anthropic,
    Ollama,
}

/// <summary>One server that can be called.</summary>
/// <param name="Id">As the catalogue names it.</param>
/// <param name="Provider">One of the nine.</param>
/// <param name="BaseAddress">Ends with a slash.</param>
/// <param name="Wire">What it speaks.</param>
/// <param name="IsSandbox">Whether its answers are simulated.</param>
/// <param name="Authorize">Puts the credential on a request; the secret itself is nowhere else.</param>
/// <param name="Invoker">Sends.</param>
internal sealed record Upstream(
    string Id,
    string Provider,
    Uri BaseAddress,
    Wire Wire,
    bool IsSandbox,
    Action<HttpRequestHeaders> Authorize,
    HttpMessageInvoker Invoker)
{
    /// <summary>For headers and receipts; a simulated answer always says so.</summary>
    public string Label { get; } = IsSandbox ? $"sandbox/{Provider}" : Provider;
}
