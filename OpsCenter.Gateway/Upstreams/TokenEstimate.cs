using OpsCenter.Contracts;

namespace OpsCenter.Gateway.Upstreams;

/// <summary>Counting when the provider did not, or could not be believed.</summary>
internal static class TokenEstimate
{
    /// <summary>English prose and code run at about four bytes a token.</summary>
    private const int BytesPerToken = 4;

    public static long OfContent(long bytes) => (bytes + BytesPerToken - 1) / BytesPerToken;

    /// <summary>A count that no honest provider can report: negative, or beyond the model's window.</summary>
    /// <param name="usage">As reported.</param>
    /// <param name="offer">Of the model.</param>
    /// <param name="inputs">How many inputs were read apart, each with the window to itself.</param>
    public static bool IsBelievable(TokenCounts usage, Offer offer, int inputs = 1) =>
        usage is { Input: >= 0, Output: >= 0, CachedInput: >= 0, CacheWrite: >= 0 }
        && usage.CachedInput + usage.CacheWrite <= usage.Input
        && usage.Input <= (long)offer.ContextWindow * inputs
        && usage.Output <= offer.ContextWindow;
}
