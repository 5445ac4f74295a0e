using CsCheck;
using OpsCenter.Contracts;

namespace OpsCenter.Tests.Contracts;

public sealed class NanoUsdTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("0.000714", 714_000)]
    [InlineData("42.18", 42_180_000_000)]
    [InlineData("-1.5", -1_500_000_000)]
    [InlineData("9223372036.854775807", long.MaxValue)]
    [InlineData("-9223372036.854775808", long.MinValue)]
    public void An_amount_reads_and_writes_as_plain_dollars(string text, long nano)
    {
        Assert.Equal(new NanoUsd(nano), NanoUsd.Parse(text));
        Assert.Equal(text, new NanoUsd(nano).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(".5")]
    [InlineData("5.")]
    [InlineData("1e3")]
    [InlineData("1,5")]
    [InlineData(" 1")]
    [InlineData("0.0000000001")]
    [InlineData("9223372036.854775808")]
    [InlineData("NaN")]
    public void What_is_not_a_plain_amount_is_refused(string text) => Assert.False(NanoUsd.TryParse(text, out _));

    [Fact]
    public void Every_amount_survives_text() =>
        Gen.Long.Sample(nano => NanoUsd.Parse(new NanoUsd(nano).ToFixed()) == new NanoUsd(nano)
            && NanoUsd.Parse(new NanoUsd(nano).ToString()) == new NanoUsd(nano));

    [Fact]
    public void An_overflow_throws_instead_of_wrapping() =>
        Assert.Throws<OverflowException>(() => new NanoUsd(long.MaxValue) + new NanoUsd(1));
}
