using System.Text;
using System.Text.Json.Nodes;
using OpsCenter.Contracts;
using OpsCenter.Router.Catalog;

namespace OpsCenter.Tests.Router;

public sealed class CatalogueFileTests
{
    [Fact]
    public void The_shipped_catalogue_has_thirty_automatic_offers_and_all_nine_providers()
    {
        var offers = CatalogueFile.LoadShipped().Offers;

        Assert.True(offers.Count(offer => offer.Automatic) >= 30);
        Assert.Equal(CatalogueFile.Providers.Order(), offers.Where(offer => offer.Automatic).Select(offer => offer.Provider).Distinct().Order());
        Assert.All(offers, offer => Assert.Equal(offer.Provider is "local", offer.Prices.IsFree && offer.Automatic));
    }

    [Theory]
    [InlineData("qwen-32b-local")]
    [InlineData("llama3-8b-local")]
    [InlineData("llama3-70b-groq")]
    [InlineData("mixtral-8x7b-groq")]
    [InlineData("mixtral-8x7b-hf")]
    [InlineData("mixtral-8x22b-together")]
    [InlineData("llama3-70b-together")]
    [InlineData("qwen-72b-together")]
    [InlineData("qwen-72b-fireworks")]
    [InlineData("llama3-70b-fireworks")]
    [InlineData("llama3-70b-deepinfra")]
    [InlineData("mixtral-8x7b-deepinfra")]
    [InlineData("claude-3.5-sonnet-openrouter")]
    [InlineData("claude-3-opus-openrouter")]
    [InlineData("gpt-4o-openrouter")]
    [InlineData("gpt-4-turbo-openrouter")]
    [InlineData("gemini-pro-openrouter")]
    [InlineData("claude-3.5-sonnet")]
    [InlineData("claude-3-opus")]
    [InlineData("gpt-4o")]
    [InlineData("gpt-4-turbo")]
    [InlineData("gpt-3.5-turbo")]
    public void Every_model_of_the_specification_is_known_by_its_name(string name)
    {
        var catalog = new OpsCenter.Routing.Planning.Catalog(
            new RouteSnapshot(1, DateTimeOffset.UnixEpoch, CatalogueFile.LoadShipped().Offers, [], []));

        Assert.NotEmpty(catalog.Find(name));
    }

    [Fact]
    public void A_price_in_dollars_per_million_becomes_exact_pico_dollars_per_token()
    {
        var offer = Parse(file => Prices(file)["input"] = "0.000001").Offers[0];

        Assert.Equal(1, offer.Prices.Input);
        Assert.Equal(790_000, offer.Prices.Output);
    }

    [Theory]
    [InlineData("0.0000001", "more than six decimal places")]
    [InlineData("-1", "not a price")]
    [InlineData("1e-3", "not a price")]
    [InlineData("", "not a price")]
    public void A_price_that_is_none_is_refused(string price, string reason) =>
        Refused(file => Prices(file)["output"] = price, "usd_per_million.output", reason);

    [Fact]
    public void A_missing_price_is_refused_rather_than_read_as_zero() =>
        Refused(file => Prices(file).Remove("output"), "$.offers[0].usd_per_million", "output");

    [Fact]
    public void An_unknown_member_is_refused() => Refused(file => Offer(file)["pirce"] = 1, "$.offers[0].pirce", "pirce");

    [Fact]
    public void An_id_is_its_provider_and_model() => Refused(file => Offer(file)["id"] = "groq/other", "$.offers[0]", "provider/model");

    [Fact]
    public void A_provider_is_one_of_the_nine() => Refused(file => Offer(file)["provider"] = "acme", "$.offers[0]", "'acme' is none of");

    [Fact]
    public void A_model_must_be_described() => Refused(file => file["models"]!.AsObject().Clear(), "$.offers[0]", "is not among $.models");

    [Fact]
    public void Quality_names_every_task() =>
        Refused(file => file["models"]!["m"]!["quality"]!.AsObject().Remove("rag"), "$.models.m.quality", "exactly");

    [Fact]
    public void An_answer_fits_its_window() => Refused(file => Offer(file)["max_output"] = 9_000, "$.offers[0]", "max_output");

    [Fact]
    public void A_name_means_one_thing() =>
        Refused(
            file =>
            {
                var twin = Offer(file).DeepClone();
                twin["id"] = "together/m";
                twin["provider"] = "together";
                twin["aliases"] = new JsonArray("groq/m");
                file["offers"]!.AsArray().Add(twin);
            },
            "together/m",
            "already means groq/m");

    [Fact]
    public void What_is_not_json_is_refused_with_its_line()
    {
        var fault = Assert.Throws<CatalogueException>(() => CatalogueFile.Parse(Encoding.UTF8.GetBytes("{\n  \"revision\": oops\n}")));

        Assert.Contains("line 2", fault.Message, StringComparison.Ordinal);
    }

    private static void Refused(Action<JsonObject> change, string path, string reason)
    {
        var fault = Assert.Throws<CatalogueException>(() => Parse(change));
        Assert.Contains(path, fault.Message, StringComparison.Ordinal);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    private static CatalogueFile Parse(Action<JsonObject> change)
    {
        var file = JsonNode.Parse("""
            {
              "revision": 1,
              "quality_note": "none",
              "models": {
                "m": { "name": "M", "quality": { "chat": 0.5, "code": 0.5, "rag": 0.5, "creative": 0.5, "analysis": 0.5, "translation": 0.5, "summarization": 0.5, "reasoning": 0.5 } }
              },
              "offers": [
                {
                  "id": "groq/m", "model": "m", "provider": "groq", "upstream_model": "m", "tier": "free",
                  "usd_per_million": { "input": "0.59", "output": "0.79" }, "price_source": "test",
                  "context_window": 8192, "max_output": 4096, "capabilities": ["tools"], "privacy": "no_train",
                  "first_token_ms": 200, "tokens_per_second": 100
                }
              ]
            }
            """)!.AsObject();
        change(file);
        return CatalogueFile.Parse(Encoding.UTF8.GetBytes(file.ToJsonString()));
    }

    private static JsonObject Offer(JsonObject file) => file["offers"]![0]!.AsObject();

    private static JsonObject Prices(JsonObject file) => Offer(file)["usd_per_million"]!.AsObject();
}
