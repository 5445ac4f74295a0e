using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Accounts;
using OpsCenter.Gateway.Chat;
using OpsCenter.Gateway.Routes;
using OpsCenter.Gateway.Upstreams;

namespace OpsCenter.Gateway.Models;

/// <summary>The models that can be asked for, in one JSON that OpenAI's and Anthropic's SDKs both read.</summary>
internal static class ModelsApi
{
    private static readonly string[] Automatic = ["auto", "auto-eco", "auto-balanced", "auto-precision"];

    public static void MapModels(this IEndpointRouteBuilder routes)
    {
        foreach (var prefix in new[] { "/v1/models", "/api/v1/llm/models" })
        {
            var models = routes.MapGroup(prefix).WithTags("Models").RequireAuthorization(CallerAuthentication.Policy);
            models.MapGet("", List);
            models.MapGet("/{**id}", One);
        }
    }

    private static Ok<ModelList> List(Caller caller, CatalogFeed catalog, UpstreamDirectory upstreams)
    {
        var data = All(caller, catalog, upstreams).ToList();
        return TypedResults.Ok(new ModelList("list", data, false, data[0].Id, data[^1].Id));
    }

    private static IResult One(string id, Caller caller, CatalogFeed catalog, UpstreamDirectory upstreams)
    {
        if (All(caller, catalog, upstreams).FirstOrDefault(model => model.Id == id) is { } found)
            return TypedResults.Ok(found);
        return new OpenAiError(404, "model_not_found", "invalid_request_error", $"There is no model '{id}'. GET /v1/models lists them.", "model")
        {
            More = new Dictionary<string, object?> { ["did_you_mean"] = catalog.Current.Nearest(id, 3) },
        }.ToResult();
    }

    private static IEnumerable<Model> All(Caller caller, CatalogFeed catalog, UpstreamDirectory upstreams)
    {
        var snapshot = catalog.Current.Snapshot;
        foreach (var id in Automatic)
        {
            yield return new Model(
                id, "model", "model", snapshot.PublishedAt.ToUnixTimeSeconds(), snapshot.PublishedAt, "opscenter",
                id == "auto" ? "Auto" : $"Auto, {id["auto-".Length..]}", null, null,
                new ModelFacts("opscenter", "free", true, [], ["eco", "balanced", "precision"]));
        }

        foreach (var offer in snapshot.Offers.Where(offer => offer.Capabilities.HasFlag(ModelCapabilities.Chat)))
        {
            yield return new Model(
                offer.Id, "model", "model", snapshot.PublishedAt.ToUnixTimeSeconds(), snapshot.PublishedAt, offer.Provider,
                offer.DisplayName, offer.ContextWindow,
                new ModelPricing(PerToken(offer.Prices.Input), PerToken(offer.Prices.Output)),
                new ModelFacts(
                    offer.Provider,
                    offer.Tier.ToString().ToLowerInvariant(),
                    offer.Tier <= caller.Tier && upstreams.Ready.Contains(offer.Upstream),
                    Words(offer.Capabilities).ToList(),
                    offer.Automatic ? ["eco", "balanced", "precision"] : []));
        }
    }

    private static IEnumerable<string> Words(ModelCapabilities capabilities)
    {
        if (capabilities.HasFlag(ModelCapabilities.Tools))
            yield return "tools";
        if (capabilities.HasFlag(ModelCapabilities.Vision))
            yield return "vision";
        if (capabilities.HasFlag(ModelCapabilities.JsonSchema))
            yield return "json";
        if (capabilities.HasFlag(ModelCapabilities.Reasoning))
            yield return "reasoning";
    }

    /// <summary>Pico-USD as USD, in plain digits.</summary>
    private static string PerToken(long pico) =>
        pico == 0 ? "0" : ("0." + pico.ToString("D12", CultureInfo.InvariantCulture)).TrimEnd('0').TrimEnd('.');

    private sealed record ModelList(string Object, IReadOnlyList<Model> Data, bool HasMore, string FirstId, string LastId);

    private sealed record Model(
        string Id,
        string Object,
        string Type,
        long Created,
        DateTimeOffset CreatedAt,
        string OwnedBy,
        string DisplayName,
        int? ContextLength,
        ModelPricing? Pricing,
        ModelFacts Opscenter);

    private sealed record ModelPricing(string Prompt, string Completion);

    private sealed record ModelFacts(
        string Provider, string Tier, bool Available, IReadOnlyList<string> Capabilities, IReadOnlyList<string> PowerLevels);
}
