namespace OpsCenter.Sandbox;

/// <summary>Why a provider does not answer.</summary>
internal enum Trouble
{
    MissingKey,
    InvalidJson,
    InvalidRequest,
    InvalidKey,
    Forbidden,
    ModelNotFound,
    Timeout,
    Conflict,
    TooLarge,
    ContextLength,
    ContentPolicy,
    RateLimited,
    ServerError,
    Unavailable,
    Overloaded,
}

/// <summary>A refusal in one provider's own words. Each wire writes it in its own shape.</summary>
internal sealed record Refusal(Trouble Trouble, int Status, string Type, string? Code, string Message, string? Param = null)
{
    /// <param name="provider">Who refuses.</param>
    /// <param name="trouble">Why.</param>
    /// <param name="model">The model that was asked for.</param>
    /// <param name="promptTokens">For a prompt that is too long.</param>
    /// <param name="message">Words that fit better than the usual ones.</param>
    public static Refusal Of(Provider provider, Trouble trouble, string model = "", int promptTokens = 0, string? message = null)
    {
        var (status, type, code) = provider.Errors is ErrorShape.Anthropic ? Anthropic(trouble) : OpenAi(provider.Errors, trouble);
        var param = trouble switch
        {
            Trouble.ModelNotFound => "model",
            Trouble.ContextLength => "messages",
            _ => null,
        };
        return new Refusal(trouble, status, type, code, message ?? Words(provider, trouble, model, promptTokens), param);
    }

    private static (int Status, string Type, string? Code) OpenAi(ErrorShape shape, Trouble trouble) => (shape, trouble) switch
    {
        (_, Trouble.MissingKey) => (401, "invalid_request_error", null),
        (_, Trouble.InvalidKey) => (401, "invalid_request_error", "invalid_api_key"),
        (_, Trouble.Forbidden) => (403, "invalid_request_error", "unsupported_country_region_territory"),
        (ErrorShape.Together, Trouble.ModelNotFound) => (404, "invalid_request_error", "model_not_available"),
        (_, Trouble.ModelNotFound) => (404, "invalid_request_error", "model_not_found"),
        (_, Trouble.Timeout) => (408, "timeout", null),
        (_, Trouble.Conflict) => (409, "conflict", null),
        (_, Trouble.TooLarge) => (413, "invalid_request_error", "request_too_large"),
        // Both check the sum of prompt and answer as input validation, and answer 422.
        (ErrorShape.Tgi or ErrorShape.Together, Trouble.ContextLength) => (422, "validation", null),
        (_, Trouble.ContextLength) => (400, "invalid_request_error", "context_length_exceeded"),
        (_, Trouble.ContentPolicy) => (400, "invalid_request_error", "content_policy_violation"),
        (ErrorShape.Tgi, Trouble.RateLimited) => (429, "overloaded", null),
        (_, Trouble.RateLimited) => (429, "tokens", "rate_limit_exceeded"),
        (_, Trouble.ServerError) => (500, "server_error", null),
        (_, Trouble.Unavailable) => (503, "server_error", null),
        (_, Trouble.Overloaded) => (529, "server_error", "overloaded"),
        (ErrorShape.Tgi, _) => (422, "validation", null),
        _ => (400, "invalid_request_error", null),
    };

    private static (int Status, string Type, string? Code) Anthropic(Trouble trouble) => trouble switch
    {
        Trouble.MissingKey or Trouble.InvalidKey => (401, "authentication_error", null),
        Trouble.Forbidden => (403, "permission_error", null),
        Trouble.ModelNotFound => (404, "not_found_error", null),
        Trouble.Timeout => (408, "timeout_error", null),
        Trouble.Conflict => (409, "invalid_request_error", null),
        Trouble.TooLarge => (413, "request_too_large", null),
        Trouble.RateLimited => (429, "rate_limit_error", null),
        Trouble.ServerError => (500, "api_error", null),
        Trouble.Unavailable => (503, "api_error", null),
        Trouble.Overloaded => (529, "overloaded_error", null),
        _ => (400, "invalid_request_error", null),
    };

    private static string Words(Provider provider, Trouble trouble, string model, int promptTokens) => (provider.Errors, trouble) switch
    {
        (ErrorShape.Anthropic, Trouble.MissingKey) => "x-api-key header is required",
        (ErrorShape.Anthropic, Trouble.InvalidKey) => "invalid x-api-key",
        (ErrorShape.VLlm, Trouble.MissingKey or Trouble.InvalidKey) => "Unauthorized",
        (ErrorShape.Tgi, Trouble.MissingKey or Trouble.InvalidKey) => "Invalid credentials in Authorization header",
        (ErrorShape.OpenRouter, Trouble.MissingKey) => "No auth credentials found",
        (ErrorShape.OpenRouter, Trouble.InvalidKey) => "User not found.",
        (ErrorShape.DeepInfra, Trouble.MissingKey or Trouble.InvalidKey) => "User is not authenticated.",
        (_, Trouble.MissingKey) => "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
        (_, Trouble.InvalidKey) => "Incorrect API key provided.",

        (ErrorShape.Anthropic, Trouble.ModelNotFound) => $"model: {model}",
        (ErrorShape.Ollama, Trouble.ModelNotFound) => $"model '{model}' not found",
        (ErrorShape.VLlm, Trouble.ModelNotFound) => $"The model `{model}` does not exist.",
        (ErrorShape.Together, Trouble.ModelNotFound) => $"Unable to access model {model}. Please visit https://api.together.ai/models to view the list of supported models.",
        (ErrorShape.Fireworks, Trouble.ModelNotFound) => "Model not found, inaccessible, and/or not deployed",
        (ErrorShape.OpenRouter, Trouble.ModelNotFound) => $"No endpoints found for {model}.",
        (_, Trouble.ModelNotFound) => $"The model `{model}` does not exist or you do not have access to it.",

        (ErrorShape.Anthropic, Trouble.ContextLength) => $"prompt is too long: {promptTokens} tokens > {provider.ContextLength} maximum",
        (ErrorShape.Ollama, Trouble.ContextLength) => "the input length exceeds the context length",
        (ErrorShape.Tgi or ErrorShape.Together, Trouble.ContextLength) => $"Input validation error: `inputs` tokens + `max_new_tokens` must be <= {provider.ContextLength}. Given: {promptTokens} `inputs` tokens and 2048 `max_new_tokens`",
        (ErrorShape.Fireworks, Trouble.ContextLength) => $"The prompt is too long: {promptTokens}, model maximum context length: {provider.ContextLength}",
        (ErrorShape.OpenRouter, Trouble.ContextLength) => $"This endpoint's maximum context length is {provider.ContextLength} tokens. However, you requested about {promptTokens} tokens ({promptTokens} of text input). Please reduce the length of either one, or use the \"middle-out\" transform to compress your prompt automatically.",
        (_, Trouble.ContextLength) when provider.Name == Providers.Groq.Name => "Please reduce the length of the messages or completion.",
        (_, Trouble.ContextLength) => $"This model's maximum context length is {provider.ContextLength} tokens. However, your messages resulted in {promptTokens} tokens. Please reduce the length of the messages.",

        (ErrorShape.Anthropic, Trouble.RateLimited) => "This request would exceed your organization's rate limit of 50,000 input tokens per minute.",
        (ErrorShape.Tgi, Trouble.RateLimited) => "Model is overloaded",
        (ErrorShape.OpenRouter, Trouble.RateLimited) => "Rate limit exceeded",
        (_, Trouble.RateLimited) => $"Rate limit reached for model `{model}` on tokens per minute (TPM): Limit 12000, Used 11800, Requested 500. Please try again later.",

        (ErrorShape.Anthropic, Trouble.Overloaded or Trouble.Unavailable) => "Overloaded",
        (ErrorShape.Ollama, Trouble.Unavailable) => "server busy, please try again.  maximum pending requests exceeded",
        (_, Trouble.Overloaded or Trouble.Unavailable) => "The engine is currently overloaded, please try again later.",
        (ErrorShape.Anthropic, Trouble.ServerError) => "Internal server error",
        (_, Trouble.ServerError) => "The server had an error while processing your request. Sorry about that!",
        (ErrorShape.Anthropic, Trouble.ContentPolicy) => "Output blocked by content filtering policy",
        (_, Trouble.ContentPolicy) => "Your request was rejected as a result of our safety system.",
        (_, Trouble.InvalidJson) => "We could not parse the JSON body of your request.",
        (_, Trouble.InvalidRequest) => "The request has a field of the wrong type, or lacks one that is required.",
        (_, Trouble.Forbidden) => "Country, region, or territory not supported",
        (_, Trouble.Timeout) => "The request timed out. Please try again.",
        (_, Trouble.Conflict) => "The resource was changed by another request.",
        (_, Trouble.TooLarge) => "Request exceeds the maximum allowed number of bytes.",
        _ => throw new ArgumentOutOfRangeException(nameof(trouble), trouble, "A trouble without words."),
    };
}
