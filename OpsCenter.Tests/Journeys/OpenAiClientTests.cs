using System.ClientModel;
using OpenAI;
using OpenAI.Chat;
using OpsCenter.Tests.Support;

namespace OpsCenter.Tests.Journeys;

/// <summary>OpenAI's own SDKs, unchanged but for base URL and key.</summary>
public sealed class OpenAiClientTests(SharedHost shared)
{
    [Fact]
    public async Task The_NET_client_chats_in_one_piece_and_streamed()
    {
        var account = await (await shared.HostAsync()).NewAccountAsync();
        var client = Client(account, "auto");

        var whole = (await client.CompleteChatAsync([new UserChatMessage("Hello")], cancellationToken: TestContext.Current.CancellationToken)).Value;
        var text = "";
        ChatTokenUsage? usage = null;
        ChatFinishReason? finish = null;
        await foreach (var update in client.CompleteChatStreamingAsync([new UserChatMessage("Hello")], cancellationToken: TestContext.Current.CancellationToken))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            usage = update.Usage ?? usage;
            finish = update.FinishReason ?? finish;
        }

        Assert.Contains("Sandbox", whole.Content[0].Text, StringComparison.Ordinal);
        Assert.Equal(whole.Content[0].Text, text);
        Assert.Equal(whole.Usage.OutputTokenCount, usage?.OutputTokenCount);
        Assert.Equal(ChatFinishReason.Stop, finish);
    }

    [Fact]
    public async Task The_NET_client_reports_a_stream_that_broke()
    {
        var account = await (await shared.HostAsync()).NewAccountAsync();
        var client = Client(account, "auto");

        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await foreach (var _ in client.CompleteChatStreamingAsync(
                               [new UserChatMessage("[[fault:cut-after-3]] Hello")], cancellationToken: TestContext.Current.CancellationToken))
            {
            }
        });
    }

    [Fact]
    public async Task The_npm_client_chats_streams_and_reports_failures()
    {
        var host = await shared.HostAsync();
        var account = await host.NewAccountAsync();
        var result = await NodeClient.RunAsync("openai.mjs", $"{host.Address}v1", account.Key);

        Assert.Contains("Sandbox", result.GetProperty("content").GetString(), StringComparison.Ordinal);
        Assert.Equal(result.GetProperty("content").GetString(), result.GetProperty("text").GetString());
        Assert.Equal("eco", result.GetProperty("receipt").GetProperty("power_level").GetString());
        Assert.Equal(result.GetProperty("cost").GetDouble(), result.GetProperty("usage").GetProperty("cost").GetDouble());
        Assert.StartsWith("req_", result.GetProperty("requestId").GetString(), StringComparison.Ordinal);
        Assert.NotEqual("", result.GetProperty("partial").GetString());
        Assert.Equal("upstream_error", result.GetProperty("broken").GetProperty("code").GetString());
        Assert.Equal(404, result.GetProperty("refused").GetProperty("status").GetInt32());
        Assert.Equal("model_not_found", result.GetProperty("refused").GetProperty("code").GetString());
        Assert.Equal("auto", result.GetProperty("models")[0].GetString());
    }

    private static ChatClient Client(TestAccount account, string model) => new(
        model,
        new ApiKeyCredential(account.Key),
        new OpenAIClientOptions { Endpoint = new Uri(account.Host.Address, "/v1") });
}
