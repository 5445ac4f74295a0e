using System.IO.Compression;
using System.Text.Json;
using OpsCenter.Contracts;
using OpsCenter.Routing.Analysis;

namespace OpsCenter.Benchmarks.Training;

/// <summary>A prompt with its task and where it comes from.</summary>
internal sealed record LabelledPrompt(string Text, TaskKind Task, string Source, string Template);

/// <summary>A question with what each model scored at it.</summary>
internal sealed record ScoredPrompt(string Text, string Task, double[] Scores);

/// <summary>
/// The public data of a folder, read for its prompts and scores; answers are not. Nothing of GSM8K, MT-bench, Auto-J or
/// RouterArena comes out of here: LLMRouter's gsm8k and mgsm rows are dropped as they are read.
/// </summary>
internal sealed class RouterData(string folder)
{
    /// <summary>So that no source and no task drowns the others; the commonest source has 22,500 rows.</summary>
    private const int MostPerSourceAndTask = 700;

    private const int MostPerTemplate = 8;

    private static readonly string[] Models =
    [
        "llama3-chatqa-1.5-8b", "qwen2.5-7b-instruct", "llama3-chatqa-1.5-70b", "llama-3.1-nemotron-51b-instruct",
        "mistral-7b-instruct-v0.3", "gemma-2-9b-it", "llama-3.1-8b-instruct", "codegemma-7b", "llama-3.3-nemotron-super-49b-v1",
    ];

    public static ChatFacts Facts(string text, int around = 0) => new()
    {
        LastUserText = text.Length > ChatFacts.LastUserTextLimit ? string.Concat(text.AsSpan(0, 3_072), "\n", text.AsSpan(text.Length - 1_023)) : text,
        EstimatedInputTokens = text.Length / 3 + 4 + around,
        MessageCount = 1,
    };

    /// <summary>Each distinct prompt once, evenly thinned where a source has too many.</summary>
    public List<LabelledPrompt> Labelled()
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        return
        [
            .. All()
                .Where(prompt => prompt.Text.Length > 1 && known.Add(Normal(prompt.Text)))
                .GroupBy(prompt => (prompt.Source, prompt.Task))
                .SelectMany(Thin),
        ];
    }

    /// <summary>LLMRouter's questions with the scores of its nine models.</summary>
    public (List<ScoredPrompt> Prompts, double[] Prices) NineModels()
    {
        var tasks = LlmRouterQueries().ToDictionary(query => query.Query, query => query.Task, StringComparer.Ordinal);
        var prompts = new List<ScoredPrompt>();
        foreach (var file in new[] { "dcrouter_train.json", "dcrouter_test.json" })
        {
            using var json = Parse("llmrouter", file);
            foreach (var row in json.RootElement.EnumerateArray())
            {
                var text = Text(row, "question");
                var scores = row.GetProperty("scores");
                if (tasks.TryGetValue(text, out var task))
                    prompts.Add(new ScoredPrompt(text, task, [.. Models.Select(model => scores.GetProperty(model).GetDouble())]));
            }
        }

        using var models = Parse("llmrouter", "default_llm.json");
        return (prompts, [.. Models.Select(model => models.RootElement.GetProperty(model).GetProperty("output_price").GetDouble())]);
    }

    /// <summary>RouteLLM's MMLU questions with whether Mixtral-8x7B and GPT-4 had them right; by subject.</summary>
    public List<ScoredPrompt> WeakAndStrong()
    {
        var contaminated = File.ReadLines(Path.Combine(folder, "routellm/mmlu/contaminated_prompts.jsonl"))
            .Where(line => line.Length > 0)
            .Select(line =>
            {
                using var json = JsonDocument.Parse(line);
                return Text(json.RootElement, "eval_prompt");
            })
            .ToHashSet(StringComparer.Ordinal);
        var prompts = new List<ScoredPrompt>();
        foreach (var file in Directory.GetFiles(Path.Combine(folder, "routellm/mmlu/responses"), "*.csv").Order(StringComparer.Ordinal))
        {
            var table = ScoredTable.ReadCsv(file);
            prompts.AddRange(table.Rows
                .Where(row => !contaminated.Contains(row.Prompt))
                .Select(row => new ScoredPrompt(row.Prompt, Path.GetFileNameWithoutExtension(file), row.Scores)));
        }

        return prompts;
    }

    private IEnumerable<LabelledPrompt> All() =>
        [.. HumanEval(), .. Mbpp(), .. ArenaHard(), .. Biggen(), .. MtBench101(), .. GptTeacher(), .. SelfInstruct(), .. LlmRouter(), .. Mmlu(), .. Clinc()];

    private IEnumerable<LabelledPrompt> HumanEval()
    {
        using var file = new StreamReader(new GZipStream(File.OpenRead(Path.Combine(folder, "human-eval/HumanEval.jsonl.gz")), CompressionMode.Decompress));
        while (file.ReadLine() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            yield return new LabelledPrompt(Text(json.RootElement, "prompt"), TaskKind.Code, "human-eval", "human-eval");
        }
    }

    private IEnumerable<LabelledPrompt> Mbpp()
    {
        using var json = Parse("mbpp", "mbppplus.json");
        foreach (var row in json.RootElement.EnumerateObject())
            yield return new LabelledPrompt(row.Value.GetString()!, TaskKind.Code, "mbpp", "mbpp");
    }

    private IEnumerable<LabelledPrompt> ArenaHard()
    {
        foreach (var row in Lines("arena-hard/v0.1-question.jsonl").Concat(Lines("arena-hard/v2.0-question.jsonl")))
        {
            var task = TaskLabels.ArenaHard(Text(row, "subcategory"), Text(row, "cluster"));
            if (task is { } known)
                yield return new LabelledPrompt(Text(row, "prompt"), known, "arena-hard", "");
        }
    }

    private IEnumerable<LabelledPrompt> Biggen()
    {
        using var json = Parse("biggen", "sample_responses.json");
        foreach (var row in json.RootElement.EnumerateObject())
        {
            if (TaskLabels.Biggen(Text(row.Value, "task")) is { } task)
                yield return new LabelledPrompt(Text(row.Value, "input"), task, "biggen", "");
        }
    }

    /// <summary>The last turn, and the one before it where the last is very short, as a request would have it.</summary>
    private IEnumerable<LabelledPrompt> MtBench101()
    {
        foreach (var row in Lines("mt-bench-101/mtbench101.jsonl"))
        {
            if (TaskLabels.MtBench101(Text(row, "task")) is not { } task)
                continue;
            var turns = row.GetProperty("history").EnumerateArray().Select(turn => Text(turn, "user")).ToArray();
            var last = turns[^1].Length < 24 && turns.Length > 1 ? $"{turns[^2]}\n{turns[^1]}" : turns[^1];
            yield return new LabelledPrompt(last, task, "mt-bench-101", "");
        }
    }

    private IEnumerable<LabelledPrompt> GptTeacher()
    {
        foreach (var (file, task) in new[] { ("roleplay-instruct.json", TaskKind.Creative), ("codegen-instruct.json", TaskKind.Code) })
        {
            using var json = Parse("gpteacher", file);
            foreach (var row in json.RootElement.EnumerateArray())
                yield return new LabelledPrompt(Join(Text(row, "instruction"), Text(row, "input")), task, "gpteacher", "");
        }
    }

    private IEnumerable<LabelledPrompt> SelfInstruct()
    {
        foreach (var row in Lines("self-instruct/seed_tasks.jsonl"))
        {
            if (TaskLabels.Seed(Text(row, "name")) is { } task)
                yield return new LabelledPrompt(Join(Text(row, "instruction"), Text(row.GetProperty("instances")[0], "input")), task, "self-instruct", "");
        }

        foreach (var row in Lines("self-instruct/user_oriented_instructions.jsonl"))
        {
            if (TaskLabels.Application(Text(row, "motivation_app")) is { } task)
                yield return new LabelledPrompt(Join(Text(row, "instruction"), Text(row.GetProperty("instances")[0], "input")), task, "self-instruct", "");
        }

        foreach (var file in Directory.GetFiles(Path.Combine(folder, "self-instruct/t0"), "*.jsonl").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileNameWithoutExtension(file);
            if (TaskLabels.Template(name) is not { } task)
                continue;
            foreach (var row in Lines(file).Take(MostPerTemplate))
                yield return new LabelledPrompt(Text(row, "prompt"), task, "self-instruct", name);
        }
    }

    private IEnumerable<LabelledPrompt> LlmRouter()
    {
        foreach (var (query, name) in LlmRouterQueries())
        {
            if (TaskLabels.LlmRouter(name) is { } task)
                yield return new LabelledPrompt(query, task, "llmrouter", "");
        }
    }

    /// <summary>Examination questions with their choices: the right answer has to be worked out.</summary>
    private IEnumerable<LabelledPrompt> Mmlu() =>
        WeakAndStrong().Select(row => new LabelledPrompt(row.Text, TaskKind.Reasoning, "routellm", ""));

    private IEnumerable<LabelledPrompt> Clinc()
    {
        using var json = Parse("clinc", "data_full.json");
        foreach (var part in json.RootElement.EnumerateObject())
        {
            foreach (var row in part.Value.EnumerateArray())
            {
                if (TaskLabels.Clinc(row[1].GetString()!) is { } task)
                    yield return new LabelledPrompt(row[0].GetString()!, task, "clinc", "");
            }
        }
    }

    private IEnumerable<(string Query, string Task)> LlmRouterQueries() =>
        Lines("llmrouter/default_query_train.jsonl").Concat(Lines("llmrouter/default_query_test.jsonl"))
            .Select(row => (Text(row, "query"), Text(row, "task_name")))
            .Where(row => row.Item2 is not ("gsm8k" or "agentverse-mgsm"))
            .DistinctBy(row => row.Item1);

    private IEnumerable<JsonElement> Lines(string file)
    {
        foreach (var line in File.ReadLines(Path.Combine(folder, file)))
        {
            if (line.Length == 0)
                continue;
            using var json = JsonDocument.Parse(line);
            yield return json.RootElement.Clone();
        }
    }

    private JsonDocument Parse(string source, string file) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, source, file)));

    private static IEnumerable<LabelledPrompt> Thin(IEnumerable<LabelledPrompt> group)
    {
        var prompts = group.ToArray();
        var step = Math.Max(1, prompts.Length / (double)MostPerSourceAndTask);
        for (var at = 0.0; (int)at < prompts.Length; at += step)
            yield return prompts[(int)at];
    }

    private static string Text(JsonElement row, string name) =>
        row.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString()!.Trim() : "";

    private static string Join(string instruction, string input) => input.Length == 0 ? instruction : $"{instruction}\n{input}";

    internal static string Normal(string text) => string.Join(' ', text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
