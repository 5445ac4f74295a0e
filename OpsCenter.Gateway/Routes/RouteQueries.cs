using OpsCenter.Contracts;
using OpsCenter.Gateway.Chat;
using OpsCenter.Routing.Analysis;
using OpsCenter.Routing.Planning;

namespace OpsCenter.Gateway.Routes;

/// <summary>From a caller's request to the router's question, and from the router's refusal to the caller's error.</summary>
internal static class RouteQueries
{
    /// <exception cref="ChatRequestException">The power level is not one.</exception>
    public static RouteQuery Of(ChatFacts facts, string? levelHeader, Tier tier, IReadOnlySet<string> ready, bool limitIsCeiling = false)
    {
        var selector = ModelSelector.Parse(facts.Model);
        return new RouteQuery(
            selector.Name,
            // What is said nearest to the request counts: body, header, suffix of the model's name.
            facts.Level ?? Level(levelHeader) ?? selector.Level ?? PowerLevel.Balanced,
            tier,
            TaskDetector.Read(facts),
            facts.LongestInputTokens ?? facts.EstimatedInputTokens,
            limitIsCeiling ? null : facts.MaxOutputTokens,
            facts.IsEmbedding ? facts.Needs : facts.Needs | ModelCapabilities.Chat,
            PrivacyClass.Any,
            ready);
    }

    public static OpenAiError Error(RouteRefusal refusal, string? model, Catalog catalog)
    {
        var (status, type) = refusal.Code switch
        {
            "model_not_found" => (404, "invalid_request_error"),
            "tier_not_allowed" or "model_not_allowed" => (403, "permission_error"),
            "no_provider_available" => (503, "server_error"),
            _ => (400, "invalid_request_error"),
        };
        return new OpenAiError(status, refusal.Code, type, refusal.Message, refusal.Param)
        {
            RetryAfter = status == 503 ? TimeSpan.FromSeconds(5) : null,
            More = refusal switch
            {
                { Code: "model_not_found" } => new Dictionary<string, object?> { ["did_you_mean"] = catalog.Nearest(model ?? "", 3) },
                { Needs: { } needs } => new Dictionary<string, object?> { ["needs"] = needs },
                _ => null,
            },
        };
    }

    private static PowerLevel? Level(string? header) => header?.ToLowerInvariant() switch
    {
        null or "" => null,
        "eco" => PowerLevel.Eco,
        "balanced" => PowerLevel.Balanced,
        "precision" => PowerLevel.Precision,
        _ => throw new ChatRequestException("invalid_request", "X-Power-Level", $"X-Power-Level '{header}' is not one of eco, balanced, precision."),
    };
}
