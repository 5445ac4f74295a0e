using System.Text.Json;
using System.Text.RegularExpressions;

namespace OpsCenter.Sandbox;

/// <summary>What a request asks for, whichever wire it came over.</summary>
internal sealed partial record Prompt
{
    public required string Model { get; init; }
    public required IReadOnlyList<Message> Messages { get; init; }
    public bool Streams { get; init; }
    public bool AsksForUsage { get; init; }
    public IReadOnlyList<Tool> Tools { get; init; } = [];

    /// <summary>The tools as they were sent: they are part of the prompt and are billed.</summary>
    public string ToolsJson { get; init; } = "";
    public bool MayCallTools { get; init; } = true;
    public bool MustCallTool { get; init; }
    public bool MayCallSeveral { get; init; } = true;
    public string? ForcedTool { get; init; }
    public bool WantsJson { get; init; }
    public JsonElement? Schema { get; init; }
    public int? MaxTokens { get; init; }
    public IReadOnlyList<string> Stops { get; init; } = [];
    public int Choices { get; init; } = 1;
    public bool Thinks { get; init; }

    /// <summary>The client marked its system prompt for caching, which only Anthropic asks for.</summary>
    public bool MarksCache { get; init; }

    public string Question => Messages.LastOrDefault(message => message.Role == Role.User).Text ?? "";

    public string? ToolResult => Messages is [.., { Role: Role.Tool } last] ? last.Text : null;

    public int Images => Messages.Sum(message => message.Images);

    public string System => string.Join('\n', Messages.Where(message => message.Role == Role.System).Select(message => message.Text));

    public int Tokens =>
        TokenCounter.PerPrompt
        + TokenCounter.Count(ToolsJson)
        + Messages.Sum(message => TokenCounter.PerMessage + TokenCounter.Count(message.Text) + (message.Images * TokenCounter.PerImage));

    /// <summary>Models that think before they speak, by the names they are sold under.</summary>
    public static bool IsReasoningModel(string model) => ReasoningName().IsMatch(model);

    [GeneratedRegex(@"(?:^|[/:_-])(?:o1|o3|gpt-5|deepseek-r1|qwq)", RegexOptions.IgnoreCase)]
    private static partial Regex ReasoningName();
}

internal enum Role
{
    User,
    System,
    Assistant,
    Tool,
}

internal readonly record struct Message(Role Role, string Text, int Images);

internal sealed record Tool(string Name, JsonElement Schema);
