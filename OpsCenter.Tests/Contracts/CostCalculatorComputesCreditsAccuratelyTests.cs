using CsCheck;
using OpsCenter.Contracts;

namespace OpsCenter.Tests.Contracts;

public sealed class CostCalculatorComputesCreditsAccuratelyTests
{
    [Fact]
    public void A_request_costs_its_tokens_times_their_prices()
    {
        // 0.59 and 0.79 USD per million tokens.
        var prices = new TokenPrices(Input: 590_000, Output: 790_000);

        Assert.Equal(NanoUsd.Parse("0.00074876"), prices.Cost(new TokenCounts(Input: 1_012, Output: 192)));
    }

    [Fact]
    public void Cached_and_written_tokens_are_charged_once_each_at_their_own_price()
    {
        var prices = new TokenPrices(Input: 3_000_000, Output: 15_000_000, CachedInput: 300_000, CacheWrite: 3_750_000);
        var tokens = new TokenCounts(Input: 1_000, Output: 10, CachedInput: 600, CacheWrite: 100);

        Assert.Equal(new NanoUsd((300 * 3_000_000L + 600 * 300_000L + 100 * 3_750_000L + 10 * 15_000_000L) / 1_000), prices.Cost(tokens));
    }

    [Fact]
    public void A_fraction_of_a_nano_dollar_rounds_up_once()
    {
        var prices = new TokenPrices(Input: 1, Output: 1);

        Assert.Equal(new NanoUsd(1), prices.Cost(new TokenCounts(Input: 1, Output: 1)));
    }

    [Fact]
    public void A_markup_in_basis_points_is_part_of_the_same_rounding()
    {
        var prices = new TokenPrices(Input: 1_000_000, Output: 0);

        Assert.Equal(new NanoUsd(1_055), prices.Cost(new TokenCounts(Input: 1, Output: 0), markupBasisPoints: 550));
    }

    [Fact]
    public void Price_is_never_below_the_exact_sum_and_less_than_one_nano_dollar_above() =>
        Gen.Select(Gen.Long[0, 2_000_000], Gen.Long[0, 200_000], Gen.Long[0, 100_000_000], Gen.Long[0, 100_000_000], Gen.Int[0, 5_000])
            .Sample((input, output, inputPrice, outputPrice, markup) =>
            {
                var exact = ((Int128)input * inputPrice + (Int128)output * outputPrice) * (10_000 + markup);
                var billed = (Int128)new TokenPrices(inputPrice, outputPrice).Cost(new TokenCounts(input, output), markup).Value * 10_000_000;
                return billed >= exact && billed - exact < 10_000_000;
            });
}
