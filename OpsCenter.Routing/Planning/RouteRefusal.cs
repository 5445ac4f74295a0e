namespace OpsCenter.Routing.Planning;

/// <summary>Why no offer is left.</summary>
/// <param name="Code">The constraint that emptied the list; one of <see cref="RefusalCodes"/>.</param>
/// <param name="Message">What is accepted instead, in a sentence.</param>
/// <param name="Param">The member of the request that asked for too much; null when none did.</param>
/// <param name="Needs">What would lift the constraint, such as a tier; null when nothing of the caller's would.</param>
public sealed record RouteRefusal(string Code, string Message, string? Param, string? Needs);

/// <summary>The reason codes of hard constraints, in the order they are applied.</summary>
public static class RefusalCodes
{
    public const string ModelNotFound = "model_not_found";
    public const string TierNotAllowed = "tier_not_allowed";
    public const string UnsupportedCapability = "unsupported_capability";
    public const string ContextLengthExceeded = "context_length_exceeded";
    public const string PrivacyNotAvailable = "privacy_not_available";
    public const string NoProviderAvailable = "no_provider_available";
}
