namespace OpsCenter.Routing.Analysis;

/// <summary>The request cannot be understood. The message says what is wrong and what is accepted.</summary>
public sealed class ChatRequestException(string code, string? param, string message) : Exception(message)
{
    public string Code { get; } = code;

    /// <summary>Where in the body, such as <c>messages[2].role</c>; null for the body as a whole.</summary>
    public string? Param { get; } = param;
}
