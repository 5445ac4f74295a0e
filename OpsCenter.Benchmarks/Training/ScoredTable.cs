using System.Globalization;
using System.Text;
using System.Text.Json;

namespace OpsCenter.Benchmarks.Training;

/// <summary>Prompts with what each model scored, from a csv or jsonl file of anyone's.</summary>
internal sealed record ScoredTable(string[] Models, List<(string Prompt, double[] Scores)> Rows)
{
    private static readonly string[] PromptNames = ["prompt", "question", "query", "text"];

    /// <exception cref="InvalidDataException">What is wrong, and in which line.</exception>
    public static ScoredTable Read(string file) => Path.GetExtension(file).ToLowerInvariant() switch
    {
        ".csv" => ReadCsv(file),
        ".jsonl" or ".ndjson" => ReadJsonLines(file),
        var other => throw new InvalidDataException($"{file}: the name ends in \"{other}\"; it must end in .csv or .jsonl."),
    };

    /// <summary>A header, one column named prompt, and the others one a model: true, false or a number from 0 to 1.</summary>
    public static ScoredTable ReadCsv(string file)
    {
        using var reader = new StreamReader(file);
        var line = 1;
        var header = ReadRecord(reader, file, ref line)?.ToArray() ?? throw Invalid(file, 1, "the file is empty; it begins with a header");
        var prompt = Array.FindIndex(header, name => PromptNames.Contains(name.Trim(), StringComparer.OrdinalIgnoreCase));
        if (prompt < 0)
            throw Invalid(file, 1, $"no column is named {string.Join(", ", PromptNames)}; the columns are {string.Join(", ", header)}");
        var columns = Enumerable.Range(0, header.Length).Where(column => column != prompt).ToArray();
        CheckModels(file, columns.Length);

        var rows = new List<(string, double[])>();
        for (var start = line; ReadRecord(reader, file, ref line) is { } record; start = line)
        {
            if (record is [""])
                continue;
            if (record.Count != header.Length)
                throw Invalid(file, start, $"{record.Count} fields where the header has {header.Length}");
            rows.Add((record[prompt], [.. columns.Select(column => Score(file, start, header[column], record[column]))]));
        }

        return Checked(file, new ScoredTable([.. columns.Select(column => header[column])], rows));
    }

    /// <summary>One object a line: a prompt, and the models either under <c>scores</c> or beside it.</summary>
    private static ScoredTable ReadJsonLines(string file)
    {
        string[]? models = null;
        var rows = new List<(string, double[])>();
        var line = 0;
        foreach (var text in File.ReadLines(file))
        {
            line++;
            if (string.IsNullOrWhiteSpace(text))
                continue;
            using var json = ParseLine(file, line, text);
            var row = json.RootElement;
            if (row.ValueKind is not JsonValueKind.Object)
                throw Invalid(file, line, "it is not a JSON object");
            var prompt = row.EnumerateObject().FirstOrDefault(member => member.Value.ValueKind is JsonValueKind.String && PromptNames.Contains(member.Name, StringComparer.OrdinalIgnoreCase));
            if (prompt.Value.ValueKind is not JsonValueKind.String)
                throw Invalid(file, line, $"no member is named {string.Join(", ", PromptNames)} and is a string");
            var scores = row.TryGetProperty("scores", out var nested) && nested.ValueKind is JsonValueKind.Object ? nested : row;
            models ??= [.. scores.EnumerateObject().Where(member => member.Value.ValueKind is JsonValueKind.True or JsonValueKind.False or JsonValueKind.Number).Select(member => member.Name)];
            CheckModels(file, models.Length);
            rows.Add((prompt.Value.GetString()!, [.. models.Select(model =>
                scores.TryGetProperty(model, out var score) ? Score(file, line, model, score.ToString()) : throw Invalid(file, line, $"{model} has no score"))]));
        }

        return Checked(file, new ScoredTable(models ?? [], rows));
    }

    private static JsonDocument ParseLine(string file, int line, string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException fault)
        {
            throw Invalid(file, line, $"it is not JSON at byte {fault.BytePositionInLine ?? 0}");
        }
    }

    private static double Score(string file, int line, string model, string text)
    {
        if (bool.TryParse(text, out var right))
            return right ? 1 : 0;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var score) && score is >= 0 and <= 1
            ? score
            : throw Invalid(file, line, $"{model} has \"{text}\"; a score is true, false or a number from 0 to 1");
    }

    private static void CheckModels(string file, int models)
    {
        if (models < 2)
            throw Invalid(file, 1, $"{models} models have scores; at least two are needed, a weak and a strong one");
    }

    private static ScoredTable Checked(string file, ScoredTable table) =>
        table.Rows.Count > 0 ? table : throw Invalid(file, 1, "there is no row of scores");

    /// <summary>One record of RFC 4180, which may run over many lines; null at the end.</summary>
    private static List<string>? ReadRecord(StreamReader reader, string file, ref int line)
    {
        if (reader.Peek() < 0)
            return null;
        var start = line;
        var fields = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        while (true)
        {
            var c = reader.Read();
            if (c is '\n')
                line++;
            if (quoted)
            {
                if (c < 0)
                    throw Invalid(file, start, "a quotation mark is opened and never closed");
                if (c is not '"')
                    field.Append((char)c);
                else if (reader.Peek() is '"')
                    field.Append((char)reader.Read());
                else
                    quoted = false;
                continue;
            }

            switch (c)
            {
                case '"':
                    quoted = true;
                    break;
                case ',':
                    fields.Add(field.ToString());
                    field.Clear();
                    break;
                case '\r':
                    break;
                case < 0 or '\n':
                    fields.Add(field.ToString());
                    return fields;
                default:
                    field.Append((char)c);
                    break;
            }
        }
    }

    private static InvalidDataException Invalid(string file, int line, string reason) => new($"{file}, line {line}: {reason}.");
}
