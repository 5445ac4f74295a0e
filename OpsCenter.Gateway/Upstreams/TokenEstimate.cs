using OpsCenter.Contracts;

namespace OpsCenter.Gateway.Upstreams;

/// <summary>Counting when the provider did not, or could not be believed.</summary>
internal static class TokenEstimate
{
    /// <summary>English prose and code run at about four bytes a token.</summary>
    private const int BytesPerToken = 4;

    public static long OfContent(long bytes) => (bytes + BytesPerToken - 1) / BytesPerToken;

    /// <summary>A count that no honest provider can report: negative, or beyond the model's window.</summary>
    public static bool IsBelievable(TokenCounts usage, Offer offer) =>
        usage is { Input: >= 0, Output: >= 0, CachedInput: >= 0, CacheWrite: >= 0 }
        && usage.CachedInput + usage.CacheWrite <= usage.Input
        && usage.Input <= offer.ContextWindow
        && usage.Output <= offer.ContextWindow;
}
