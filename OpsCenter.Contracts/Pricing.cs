namespace OpsCenter.Contracts;

/// <summary>
/// What a model costs, in integer pico-USD (10⁻¹² USD) per token, which is USD per million tokens × 10⁶; and a fee per request.
/// A class of tokens without a price of its own is charged as <see cref="Input"/>.
/// </summary>
public sealed record TokenPrices(
    long Input,
    long Output,
    long? CachedInput = null,
    long? CacheWrite = null,
    NanoUsd PerRequest = default)
{
    private const int PicoPerNano = 1_000;
    private const int BasisPoints = 10_000;

    public static TokenPrices Free { get; } = new(0, 0);

    /// <summary>True when no request of any size costs anything.</summary>
    public bool IsFree => this is { Input: 0, Output: 0, CachedInput: null or 0, CacheWrite: null or 0, PerRequest.Value: 0 };

    /// <summary>
    /// The price of one request, rounded once, up: ⌈Σ tokens × pico × (10000 + markup) / 10000 / 1000⌉ + fee. Sums are
    /// Int128, so neither a large window nor a dear model overflows on the way.
    /// </summary>
    /// <param name="tokens">Token counts; the cached and written parts are included in <see cref="TokenCounts.Input"/>.</param>
    /// <param name="markupBasisPoints">The plan's markup: 100 basis points are 1 %.</param>
    /// <exception cref="OverflowException">The price is over nine billion US dollars.</exception>
    public NanoUsd Cost(TokenCounts tokens, int markupBasisPoints = 0)
    {
        var plainInput = tokens.Input - tokens.CachedInput - tokens.CacheWrite;
        var pico = (Int128)plainInput * Input
            + (Int128)tokens.CachedInput * (CachedInput ?? Input)
            + (Int128)tokens.CacheWrite * (CacheWrite ?? Input)
            + (Int128)tokens.Output * Output;

        var scaled = (pico + (Int128)PerRequest.Value * PicoPerNano) * (BasisPoints + markupBasisPoints);
        const int Divisor = BasisPoints * PicoPerNano;
        return new NanoUsd(checked((long)((scaled + Divisor - 1) / Divisor)));
    }
}

/// <summary>
/// Tokens of one request by class, each counted once. <see cref="CachedInput"/> and <see cref="CacheWrite"/> are parts of
/// <see cref="Input"/>; <see cref="Reasoning"/> is a part of <see cref="Output"/>.
/// </summary>
public readonly record struct TokenCounts(
    long Input,
    long Output,
    long CachedInput = 0,
    long CacheWrite = 0,
    long Reasoning = 0)
{
    public static TokenCounts None => default;

    public long Total => Input + Output;

    public static TokenCounts operator +(TokenCounts a, TokenCounts b) => new(
        a.Input + b.Input,
        a.Output + b.Output,
        a.CachedInput + b.CachedInput,
        a.CacheWrite + b.CacheWrite,
        a.Reasoning + b.Reasoning);
}
