using System.ClientModel;
using System.Text.Json;
using Anthropic;
using Anthropic.Models.Messages;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using OpsCenter.Tests.Support;
using ChatFinishReason = OpenAI.Chat.ChatFinishReason;
using ChatResponseFormat = OpenAI.Chat.ChatResponseFormat;

namespace OpsCenter.Tests.Journeys;

/// <summary>The SDKs that people have, unchanged but for address and key, each in front of three kinds of provider.</summary>
public sealed class ClientMatrixTests(SharedHost shared)
{
    private const string Prompt = "Tell me about rivers.";
    private const string Question = "What is the weather in Rome?";

    private static readonly string[] NodeClients = ["openai", "responses", "anthropic", "ai-sdk openai", "ai-sdk openai-compatible", "ai-sdk anthropic"];

    /// <summary>One that speaks OpenAI's wire with habits of its own, one that speaks another, and OpenAI.</summary>
    public static TheoryData<string> Models => ["groq/gpt-oss-120b", "anthropic/claude-sonnet-4.5", "openai/gpt-4o-mini"];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Models))]
    public async Task OpenAI_for_NET(string model)
    {
        var account = await (await shared.HostAsync()).NewAccountAsync();
        var client = OpenAi(account).GetChatClient(model);
        var weather = ChatTool.CreateFunctionTool("weather", "The weather", BinaryData.FromString("""{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"""));
        var river = ChatResponseFormat.CreateJsonSchemaFormat(
            "river", BinaryData.FromString("""{"type":"object","properties":{"name":{"type":"string"}},"required":["name"],"additionalProperties":false}"""), jsonSchemaIsStrict: true);

        var whole = (await client.CompleteChatAsync([new UserChatMessage(Prompt)], cancellationToken: Ct)).Value;
        var streamed = "";
        await foreach (var update in client.CompleteChatStreamingAsync([new UserChatMessage(Prompt)], cancellationToken: Ct))
            streamed += string.Concat(update.ContentUpdate.Select(part => part.Text));
        var call = (await client.CompleteChatAsync([new UserChatMessage(Question)], new ChatCompletionOptions { Tools = { weather }, ToolChoice = ChatToolChoice.CreateRequiredChoice() }, Ct)).Value;
        var structured = (await client.CompleteChatAsync([new UserChatMessage("Name a river.")], new ChatCompletionOptions { ResponseFormat = river }, Ct)).Value;

        Assert.Contains("Sandbox", whole.Content[0].Text, StringComparison.Ordinal);
        Assert.Equal(whole.Content[0].Text, streamed);
        Assert.Equal(ChatFinishReason.ToolCalls, call.FinishReason);
        Assert.Equal("weather", call.ToolCalls[0].FunctionName);
        Assert.True(JsonDocument.Parse(structured.Content[0].Text).RootElement.TryGetProperty("name", out _));
    }

    [Theory, MemberData(nameof(Models))]
    public async Task Microsoft_Extensions_AI(string model)
    {
        var account = await (await shared.HostAsync()).NewAccountAsync();
        var client = OpenAi(account).GetChatClient(model).AsIChatClient();
        var weather = AIFunctionFactory.Create((string city) => $"Sunny in {city}", "weather", "The weather");

        var whole = await client.GetResponseAsync(Prompt, cancellationToken: Ct);
        var updates = new List<ChatResponseUpdate>();
        await foreach (var update in client.GetStreamingResponseAsync(Prompt, cancellationToken: Ct))
            updates.Add(update);
        var call = await client.GetResponseAsync(Question, new ChatOptions { Tools = [weather], ToolMode = ChatToolMode.RequireAny }, Ct);

        Assert.Contains("Sandbox", whole.Text, StringComparison.Ordinal);
        Assert.Equal(whole.Text, updates.ToChatResponse().Text);
        Assert.Equal(whole.Usage?.OutputTokenCount, updates.ToChatResponse().Usage?.OutputTokenCount);
        Assert.Equal("weather", call.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().First().Name);
    }

    [Theory, MemberData(nameof(Models))]
    public async Task Anthropic_for_NET(string model)
    {
        var account = await (await shared.HostAsync()).NewAccountAsync();
        var client = new AnthropicClient { BaseUrl = account.Host.Address.ToString().TrimEnd('/'), ApiKey = account.Key, MaxRetries = 0 };
        var parameters = new MessageCreateParams
        {
            Model = model,
            MaxTokens = 400,
            Messages = [new UserMessageParam { Content = Prompt }],
        };

        var whole = await client.Messages.Create(parameters, Ct);
        var streamed = "";
        var stopped = false;
        await foreach (var e in client.Messages.CreateStreaming(parameters, Ct))
        {
            if (e.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickText(out var text))
                streamed += text.Text;
            stopped |= e.TryPickStop(out _);
        }

        var answer = string.Concat(whole.Content.Select(block => block.TryPickText(out var text) ? text.Text : ""));
        Assert.Contains("Sandbox", answer, StringComparison.Ordinal);
        Assert.Equal(answer, streamed);
        Assert.True(stopped);
        Assert.True(whole.Usage.OutputTokens > 0);
    }

    [Fact]
    public async Task OpenAI_for_NET_embeds()
    {
        var account = await (await shared.HostAsync()).NewAccountAsync();

        var vectors = (await OpenAi(account).GetEmbeddingClient("together/bge-base-en-v1.5").GenerateEmbeddingsAsync(["a river", "a lake"], cancellationToken: Ct)).Value;

        Assert.Equal(2, vectors.Count);
        Assert.All(vectors, vector => Assert.InRange(vector.ToFloats().Length, 1, 4096));
    }

    [Theory, MemberData(nameof(Models))]
    public async Task Node_clients(string model)
    {
        var host = await shared.HostAsync();
        var account = await host.NewAccountAsync();

        var seen = await NodeClient.RunAsync("matrix.mjs", host.Address.ToString(), account.Key, model);

        Assert.All(NodeClients, name =>
        {
            var client = seen.GetProperty(name);
            Assert.Contains("Sandbox", client.GetProperty("text").GetString(), StringComparison.Ordinal);
            Assert.Equal(client.GetProperty("text").GetString(), client.GetProperty("streamed").GetString());
            Assert.Equal("weather", client.GetProperty("tool").GetString());
            if (client.TryGetProperty("object", out var structured))
                Assert.True(structured.TryGetProperty("name", out _), name);
        });
        Assert.Equal("object", seen.GetProperty("anthropic").GetProperty("input").GetString());
        Assert.Equal(2, seen.GetProperty("embeddings").GetArrayLength());
    }

    private static OpenAIClient OpenAi(TestAccount account) =>
        new(new ApiKeyCredential(account.Key), new OpenAIClientOptions { Endpoint = new Uri(account.Host.Address, "/v1") });
}
