using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace OpsCenter.Sandbox;

/// <summary>Which long beginnings of prompts a provider has read before. Only their hashes are kept.</summary>
internal sealed class PromptCache
{
    private const int LeastTokens = 1024;
    private const int MostEntries = 10_000;
    private const int Step = 128;
    private readonly ConcurrentDictionary<string, bool> _seen = new();

    /// <summary>How much of the prompt was read from the cache, and how much was written to it.</summary>
    public (int Read, int Written) Visit(Provider provider, Prompt prompt)
    {
        if (provider.Caching is Caching.None || (provider.Caching is Caching.WhenMarked && !prompt.MarksCache))
            return (0, 0);
        var prefix = prompt.System + prompt.ToolsJson;
        var tokens = TokenCounter.Count(prefix);
        if (tokens <= LeastTokens)
            return (0, 0);

        if (_seen.Count >= MostEntries)
            _seen.Clear();
        var key = SHA256.HashData(Encoding.UTF8.GetBytes($"{provider.Name}\n{prompt.Model}\n{prefix}"));
        var isNew = _seen.TryAdd(Convert.ToHexString(key), true);
        return (provider.Caching, isNew) switch
        {
            (Caching.WhenMarked, true) => (0, tokens),
            (Caching.WhenMarked, false) => (tokens, 0),
            (_, true) => (0, 0),
            // OpenAI and those who follow it count cached tokens in steps of 128.
            (_, false) => (tokens / Step * Step, 0),
        };
    }
}
