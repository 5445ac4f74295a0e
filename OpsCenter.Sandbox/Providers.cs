namespace OpsCenter.Sandbox;

/// <summary>Where a provider says what a streamed answer cost.</summary>
internal enum UsageStyle
{
    /// <summary>In a last chunk without choices, and only when <c>stream_options.include_usage</c> asks: OpenAI's rule.</summary>
    WhenAsked,

    /// <summary>Always, on the chunk that carries the finish reason.</summary>
    OnFinish,

    /// <summary>Always, in a last chunk without choices.</summary>
    Always,

    /// <summary>Always, in a last chunk that repeats an empty choice.</summary>
    AlwaysWithChoice,
}

/// <summary>The shape of an error body.</summary>
internal enum ErrorShape
{
    OpenAi,
    VLlm,
    Ollama,
    Tgi,
    Together,
    Fireworks,
    DeepInfra,
    OpenRouter,
    Anthropic,
}

internal enum RateLimitHeaders
{
    None,
    OpenAi,
    Together,
    Anthropic,
}

/// <summary>Whether and how a repeated long prefix is read from a cache.</summary>
internal enum Caching
{
    None,
    Automatic,
    WhenMarked,
}

/// <summary>What is particular about one provider.</summary>
internal sealed record Provider(string Name, ErrorShape Errors)
{
    public bool NeedsKey { get; init; } = true;
    public string IdPrefix { get; init; } = "chatcmpl-";
    public string? Fingerprint { get; init; }
    public UsageStyle Usage { get; init; }
    public string? RequestIdHeader { get; init; } = "x-request-id";
    public string RequestIdPrefix { get; init; } = "req_";

    /// <summary>A header without which no request is read.</summary>
    public string? RequiredHeader { get; init; }
    public RateLimitHeaders RateLimits { get; init; }
    public Caching Caching { get; init; } = Caching.Automatic;

    /// <summary>The field that shows what a model thought; null where thoughts are counted but not shown.</summary>
    public string? ReasoningField { get; init; } = "reasoning_content";

    /// <summary>A comment line that keeps the connection alive while the model has not begun.</summary>
    public string? WaitingComment { get; init; }
    public int ContextLength { get; init; } = 131_072;
    public int EmbeddingSize { get; init; } = 768;
    public required IReadOnlyList<string> Models { get; init; }
}

internal static class Providers
{
    public static readonly Provider OpenAi = new("openai", ErrorShape.OpenAi)
    {
        Fingerprint = "fp_44709d6fcb",
        RateLimits = RateLimitHeaders.OpenAi,
        ReasoningField = null,
        ContextLength = 128_000,
        EmbeddingSize = 1536,
        Models = ["gpt-5", "gpt-5-mini", "gpt-4o", "gpt-4o-mini", "o3", "text-embedding-3-small"],
    };

    /// <summary>Usage rides on the finish chunk as <c>x_groq</c>, whether asked for or not.</summary>
    public static readonly Provider Groq = new("groq", ErrorShape.OpenAi)
    {
        Fingerprint = "fp_3f3b593e33",
        RateLimits = RateLimitHeaders.OpenAi,
        ReasoningField = "reasoning",
        Models = ["llama-3.3-70b-versatile", "llama-3.1-8b-instant", "qwen-qwq-32b"],
    };

    public static readonly Provider VLlm = new("vllm", ErrorShape.VLlm)
    {
        RequestIdHeader = null,
        ContextLength = 32_768,
        Models = ["Qwen/Qwen2.5-7B-Instruct", "meta-llama/Llama-3.1-8B-Instruct"],
    };

    /// <summary>Runs at home and knows no keys.</summary>
    public static readonly Provider Ollama = new("ollama", ErrorShape.Ollama)
    {
        NeedsKey = false,
        Fingerprint = "fp_ollama",
        RequestIdHeader = null,
        ReasoningField = "reasoning",
        Caching = Caching.None,
        ContextLength = 8192,
        Models = ["llama3.2:latest", "qwen2.5-coder:7b", "nomic-embed-text:latest"],
    };

    public static readonly Provider HuggingFace = new("huggingface", ErrorShape.Tgi)
    {
        IdPrefix = "",
        Fingerprint = "3.3.4-sha-a1f3ebe",
        Caching = Caching.None,
        Models = ["meta-llama/Llama-3.3-70B-Instruct", "deepseek-ai/DeepSeek-R1"],
    };

    public static readonly Provider Together = new("together", ErrorShape.Together)
    {
        IdPrefix = "oc",
        Usage = UsageStyle.OnFinish,
        RateLimits = RateLimitHeaders.Together,
        ReasoningField = "reasoning",
        Models = ["meta-llama/Llama-3.3-70B-Instruct-Turbo", "deepseek-ai/DeepSeek-R1"],
    };

    public static readonly Provider Fireworks = new("fireworks", ErrorShape.Fireworks)
    {
        IdPrefix = "",
        Usage = UsageStyle.OnFinish,
        RateLimits = RateLimitHeaders.OpenAi,
        Models = ["accounts/fireworks/models/llama-v3p3-70b-instruct", "accounts/fireworks/models/deepseek-r1"],
    };

    public static readonly Provider DeepInfra = new("deepinfra", ErrorShape.DeepInfra)
    {
        Usage = UsageStyle.Always,
        Models = ["meta-llama/Llama-3.3-70B-Instruct-Turbo", "deepseek-ai/DeepSeek-R1", "BAAI/bge-base-en-v1.5"],
    };

    public static readonly Provider OpenRouter = new("openrouter", ErrorShape.OpenRouter)
    {
        IdPrefix = "gen-",
        Usage = UsageStyle.AlwaysWithChoice,
        RequestIdHeader = "x-generation-id",
        RequestIdPrefix = "gen-",
        ReasoningField = "reasoning",
        WaitingComment = "OPENROUTER PROCESSING",
        Models = ["meta-llama/llama-3.3-70b-instruct", "openai/gpt-5-mini", "anthropic/claude-sonnet-4.5"],
    };

    public static readonly Provider Anthropic = new("anthropic", ErrorShape.Anthropic)
    {
        IdPrefix = "msg_",
        RequestIdHeader = "request-id",
        RequiredHeader = "anthropic-version",
        RateLimits = RateLimitHeaders.Anthropic,
        Caching = Caching.WhenMarked,
        ContextLength = 200_000,
        Models = ["claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"],
    };

    /// <summary>Those who speak OpenAI's wire.</summary>
    public static readonly IReadOnlyList<Provider> Compatible =
        [VLlm, Ollama, Groq, HuggingFace, Together, Fireworks, DeepInfra, OpenRouter, OpenAi];

    public static bool IsKnown(string name) => name == Anthropic.Name || Compatible.Any(provider => provider.Name == name);
}
