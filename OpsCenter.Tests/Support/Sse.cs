using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace OpsCenter.Tests.Support;

/// <summary>A streamed answer, read to whatever end it had.</summary>
/// <param name="Events">Payloads of the <c>data:</c> lines, <c>[DONE]</c> too.</param>
/// <param name="Broken">Whether the connection ended without the end that HTTP gives a complete answer.</param>
/// <param name="Response">Status and headers.</param>
public sealed record StreamedAnswer(IReadOnlyList<string> Events, bool Broken, HttpResponseMessage Response)
{
    public bool Done => Events is [.., "[DONE]"];

    public string Text => string.Concat(Chunks
        .Where(chunk => chunk.TryGetProperty("choices", out var choices) && choices.GetArrayLength() > 0)
        .Select(chunk => chunk.GetProperty("choices")[0].GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() : ""));

    public IEnumerable<JsonElement> Chunks => Events.Where(data => data != "[DONE]").Select(data => JsonDocument.Parse(data).RootElement);

    public JsonElement? Error => Chunks.Where(chunk => chunk.TryGetProperty("error", out _)).Select(chunk => (JsonElement?)chunk.GetProperty("error")).LastOrDefault();

    public JsonElement Last => Chunks.Last();
}

public static class ChatClientExtensions
{
    public const string ChatPath = "/v1/chat/completions";

    /// <summary>A minimal chat body; members of <paramref name="more"/> are added or replace.</summary>
    public static Dictionary<string, object?> Chat(string prompt, params (string Name, object? Value)[] more)
    {
        var body = new Dictionary<string, object?> { ["messages"] = new[] { new { role = "user", content = prompt } } };
        foreach (var (name, value) in more)
            body[name] = value;
        return body;
    }

    public static Task<HttpResponseMessage> ChatAsync(this TestAccount account, object body, string path = ChatPath) =>
        account.Http.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken);

    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage response) =>
        await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);

    public static async Task<StreamedAnswer> StreamAsync(this TestAccount account, Dictionary<string, object?> body, string path = ChatPath)
    {
        body["stream"] = true;
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        var response = await account.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        var events = new List<string>();
        try
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
            while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                if (line.StartsWith("data: ", StringComparison.Ordinal))
                    events.Add(line["data: ".Length..]);
            }
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException)
        {
            return new StreamedAnswer(events, Broken: true, response);
        }

        return new StreamedAnswer(events, Broken: false, response);
    }

    public static string Header(this HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : "";

    public static int IntHeader(this HttpResponseMessage response, string name) =>
        int.Parse(response.Header(name), CultureInfo.InvariantCulture);
}
