using System.Buffers;
using System.Text;
using System.Text.Json;

namespace OpsCenter.Sandbox;

/// <summary>
/// What to say. The same prompt always gets the same answer; it names itself as the Sandbox's and shows that the prompt,
/// the tools and the wished-for format have arrived.
/// </summary>
internal static class Answers
{
    private const int QuotedWords = 12;
    private const int QuotedResult = 200;

    public static Answer Compose(string upstream, Prompt prompt, string id, int choice)
    {
        var parts = new List<Part>();
        if (prompt.Thinks)
            parts.Add(new Part(PartKind.Reasoning, $"The prompt begins with \"{Opening(prompt.Question)}\". A short and friendly answer will do."));

        Part[] calls = [.. Calls(prompt, id, choice)];
        if (calls is not [])
            parts.AddRange(calls);
        else
            parts.Add(new Part(PartKind.Text, prompt.WantsJson ? Json(prompt) : Label(upstream, prompt, choice) + Say(prompt)));

        return Shorten(parts, prompt, calls is [] ? Finish.Stop : Finish.Calls);
    }

    private static string Label(string upstream, Prompt prompt, int choice) =>
        choice == 0 ? $"[Sandbox: {upstream}, {prompt.Model}] " : $"[Sandbox: {upstream}, {prompt.Model}, choice {choice + 1}] ";

    private static string Say(Prompt prompt)
    {
        var question = prompt.Question;
        if (prompt.ToolResult is { } result)
            return $"The tool answered: \"{(result.Length > QuotedResult ? result[..QuotedResult] + "…" : result)}\". A real model would now put this into its own words.";
        if (Mentions(question, "code", "function", "script", "program", "snippet", "python", "c#"))
            return Code(question);
        if (Mentions(question, "translate"))
            return $"A real model would translate this for you: \"{Opening(question)}\". The Sandbox only plays the wire and leaves the words as they are.";
        if (Mentions(question, "summarise", "summarize", "summary"))
            return $"A real model would give you the gist of {question.Length} characters here. The Sandbox read them all and understood none, so it quotes the beginning: \"{Opening(question)}\".";

        var images = prompt.Images switch
        {
            0 => "",
            1 => " One image came with it.",
            var count => $" {count} images came with it.",
        };
        return $"You wrote: \"{Opening(question)}\".{images} No real model was asked and nothing was paid; give the gateway a provider key to hear a real answer.";
    }

    private static string Code(string question) => (Mentions(question, "c#", "csharp", ".net"), Mentions(question, "sort")) switch
    {
        (true, true) => "Here is a list, sorted without changing the original:\n\n```csharp\nint[] numbers = [3, 1, 2];\nint[] sorted = [.. numbers.Order()];\nConsole.WriteLine(string.Join(\", \", sorted)); // 1, 2, 3\n```\n",
        (false, true) => "Here is a list, sorted without changing the original:\n\n```python\nnumbers = [3, 1, 2]\nprint(sorted(numbers))  # [1, 2, 3]\n```\n",
        (true, false) => "Here is a function that counts how often each word occurs:\n\n```csharp\nstatic Dictionary<string, int> CountWords(string text) =>\n    text.Split(' ', StringSplitOptions.RemoveEmptyEntries).CountBy(word => word.ToLowerInvariant()).ToDictionary();\n```\n",
        (false, false) => "Here is a function that counts how often each word occurs:\n\n```python\nfrom collections import Counter\n\ndef count_words(text: str) -> Counter[str]:\n    return Counter(text.lower().split())\n```\n",
    };

    private static IEnumerable<Part> Calls(Prompt prompt, string id, int choice)
    {
        if (!prompt.MayCallTools || (prompt.ToolResult is not null && !prompt.MustCallTool))
            return [];

        Tool[] wanted = prompt.ForcedTool is { } forced
            ? [.. prompt.Tools.Where(tool => tool.Name == forced)]
            : [.. prompt.Tools.Where(tool => Mentions(prompt.Question, tool.Name, tool.Name.Replace('_', ' ')))];
        if (wanted is [] && prompt.MustCallTool)
            wanted = [.. prompt.Tools.Take(1)];

        return wanted
            .Take(prompt.MayCallSeveral ? wanted.Length : 1)
            .Select((tool, index) => new Part(PartKind.Call, Render(tool.Schema, prompt), tool.Name, $"call_{id[^12..]}{choice}{index}"));
    }

    private static string Json(Prompt prompt) =>
        prompt.Schema is { } schema
            ? Render(schema, prompt)
            : $$"""{"sandbox":true,"prompt":"{{JsonEncodedText.Encode(Opening(prompt.Question))}}"}""";

    private static string Render(JsonElement schema, Prompt prompt)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
            PlausibleJson.Write(json, schema, Opening(prompt.Question));
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Ends the answer where a stop sequence or the client's limit ends it, whichever comes first.</summary>
    private static Answer Shorten(List<Part> parts, Prompt prompt, Finish finish)
    {
        string? stop = null;
        if (parts is [.., { Kind: PartKind.Text } text] && FirstStop(text.Text, prompt.Stops) is { } found)
        {
            parts[^1] = text with { Text = text.Text[..found.At] };
            (finish, stop) = (Finish.StopSequence, found.Stop);
        }

        var left = prompt.MaxTokens ?? int.MaxValue;
        for (var index = 0; index < parts.Count; index++)
        {
            var part = parts[index];
            if (part.Tokens > left)
            {
                var name = TokenCounter.Count(part.Name);
                var kept = left > name ? part with { Text = TokenCounter.Take(part.Text, left - name) } : null;
                return new Answer([.. parts.Take(index), .. kept is { } ? [kept] : Array.Empty<Part>()], Finish.Length);
            }

            left -= part.Tokens;
        }

        return new Answer([.. parts.Where(part => part.Tokens > 0)], finish, stop);
    }

    private static (int At, string Stop)? FirstStop(string text, IReadOnlyList<string> stops) =>
        stops
            .Where(stop => stop.Length > 0)
            .Select(stop => ((int At, string Stop)?)(text.IndexOf(stop, StringComparison.Ordinal), stop))
            .Where(found => found!.Value.At >= 0)
            .MinBy(found => found!.Value.At);

    private static bool Mentions(string text, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (text.Contains(word, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private static string Opening(string question)
    {
        var words = question.Split((char[]?)null, QuotedWords + 1, StringSplitOptions.RemoveEmptyEntries);
        return words.Length > QuotedWords ? string.Join(' ', words.Take(QuotedWords)) + "…" : string.Join(' ', words);
    }
}
