using System.Buffers;
using System.Text.Json;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Chat;

namespace OpsCenter.Gateway.Responses;

/// <summary>A chat completion, written as a response.</summary>
internal static class ResponsesAnswer
{
    public static ReadOnlyMemory<byte> Write(ReadOnlyMemory<byte> completion, JsonElement request, TokenCounts tokens, Action<Utf8JsonWriter>? receipt)
    {
        using var document = JsonDocument.Parse(completion);
        var root = document.RootElement;
        var choice = root.Items("choices").FirstOrDefault();
        var message = choice.Find("message") ?? default;
        var head = new Head(root.Text("id"), root.Text("model"), root.Number("created") ?? 0, choice.Text("finish_reason"));
        var items = new List<OutputItem>();
        if ((message.Text("reasoning_content") ?? message.Text("reasoning")) is { Length: > 0 } thought)
            items.Add(new OutputItem(OutputKind.Reasoning, ItemId("rs", head, items.Count), thought));
        if (message.Text("content") is { Length: > 0 } text)
            items.Add(new OutputItem(OutputKind.Text, ItemId("msg", head, items.Count), text));
        if (message.Text("refusal") is { Length: > 0 } refusal)
            items.Add(new OutputItem(OutputKind.Refusal, ItemId("msg", head, items.Count), refusal));
        foreach (var call in message.Items("tool_calls"))
        {
            var id = ItemId("fc", head, items.Count);
            items.Add(new OutputItem(
                OutputKind.Call, id, call.Find("function")?.Text("arguments") ?? "",
                call.Text("id") is { Length: > 0 } given ? given : id, call.Find("function")?.Text("name") ?? ""));
        }

        var output = new ArrayBufferWriter<byte>(completion.Length + 1024);
        using (var json = new Utf8JsonWriter(output))
            ResponseObject.Write(json, request, head, ResponseObject.Status(head.FinishReason), items, tokens, receipt);
        return output.WrittenMemory;
    }

    public static string ItemId(string prefix, in Head head, int index) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{prefix}_{head.Id}_{index}");
}
