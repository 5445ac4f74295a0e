using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Embeddings;
using OpsCenter.Tests.Support;

namespace OpsCenter.Tests.Embeddings;

public sealed class EmbeddingsTests(SharedHost shared)
{
    private const string EmbeddingsPath = "/v1/embeddings";
    private static readonly string[] Waters = ["a river", "a lake"];
    private static readonly int[] Tokens = [1, 2, 3];
    private static readonly int[][] TokenLists = [[1, 2], [3]];

    [Theory]
    [InlineData("openai/text-embedding-3-small", EmbeddingsPath)]
    [InlineData("text-embedding-3-large", "/api/v1/llm/embeddings")]
    [InlineData("together/bge-base-en-v1.5", EmbeddingsPath)]
    [InlineData("BAAI/bge-base-en-v1.5", EmbeddingsPath)]
    [InlineData("fireworks/nomic-embed-text-v1.5", EmbeddingsPath)]
    public async Task Base64_and_numbers_are_the_same_vectors_and_cost_what_the_balance_loses(string model, string path)
    {
        var account = await (await shared.HostAsync()).NewAccountAsync(credit: "10");

        var numbers = await account.ChatAsync(new { model, input = Waters }, path);
        var base64 = await account.ChatAsync(new { model, input = Waters, encoding_format = "base64" }, path);
        var (asNumbers, asBase64) = (await numbers.JsonAsync(), await base64.JsonAsync());

        Assert.Equal(2, asNumbers.GetProperty("data").GetArrayLength());
        Assert.Equal(
            asNumbers.GetProperty("data").EnumerateArray().Select(item => item.GetProperty("embedding").EnumerateArray().Select(number => number.GetSingle()).ToArray()),
            asBase64.GetProperty("data").EnumerateArray().Select(item => MemoryMarshal.Cast<byte, float>(item.GetProperty("embedding").GetBytesFromBase64()).ToArray()));
        var cost = NanoUsd.Parse(numbers.Header("X-Cost-Incurred"));
        Assert.True(cost > NanoUsd.Zero);
        Assert.Equal(cost.ToString(), asNumbers.GetProperty("opscenter").GetProperty("cost").GetString());
        Assert.Equal(NanoUsd.FromUsd(10) - cost - cost, (await account.SettledBalanceAsync()).Posted);
    }

    [Theory]
    [InlineData("""{"data":[{"index":0,"embedding":[0.5,-1]}]}""", true, """{"data":[{"index":0,"embedding":"AAAAPwAAgL8="}]}""")]
    [InlineData("""{"data":[{"index":0,"embedding":"AAAAPwAAgL8="}]}""", false, """{"data":[{"index":0,"embedding":[0.5,-1]}]}""")]
    [InlineData("""{"data":[{"index":0,"embedding":[0.5]}], "x": 1}""", false, """{"data":[{"index":0,"embedding":[0.5]}], "x": 1}""")]
    public void Vectors_are_recoded_only_when_the_provider_sent_the_other_kind(string sent, bool base64, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(EmbeddingsFace.Encode(Encoding.UTF8.GetBytes(sent), base64).Span));

    [Fact]
    public async Task Token_numbers_are_taken_for_texts()
    {
        var account = await (await shared.HostAsync()).NewAccountAsync();

        var one = await account.ChatAsync(new { model = "text-embedding-3-small", input = Tokens }, EmbeddingsPath);
        var two = await account.ChatAsync(new { model = "text-embedding-3-small", input = TokenLists }, EmbeddingsPath);

        Assert.Equal(1, (await one.JsonAsync()).GetProperty("data").GetArrayLength());
        Assert.Equal(2, (await two.JsonAsync()).GetProperty("data").GetArrayLength());
    }

    [Theory]
    [InlineData("""{"input":"x"}""", "model")]
    [InlineData("""{"model":"auto","input":"x"}""", "model")]
    [InlineData("""{"model":7,"input":"x"}""", "model")]
    [InlineData("""{"model":"text-embedding-3-small"}""", "input")]
    [InlineData("""{"model":"text-embedding-3-small","input":[]}""", "input")]
    [InlineData("""{"model":"text-embedding-3-small","input":""}""", "input")]
    [InlineData("""{"model":"text-embedding-3-small","input":["x",7]}""", "input[1]")]
    [InlineData("""{"model":"text-embedding-3-small","input":[[1,-2]]}""", "input[0]")]
    [InlineData("""{"model":"text-embedding-3-small","input":"x","encoding_format":"hex"}""", "encoding_format")]
    [InlineData("""{"model":"text-embedding-3-small","input":"x","dimensions":0}""", "dimensions")]
    [InlineData("""{"model":"openai/gpt-4o-mini","input":"x"}""", "model")]
    public async Task A_wrong_request_is_refused_by_name_and_costs_nothing(string body, string param)
    {
        var account = await (await shared.HostAsync()).NewAccountAsync(credit: "1");
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        var response = await account.Http.PostAsync(new Uri(EmbeddingsPath, UriKind.Relative), content, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(param, (await response.JsonAsync()).GetProperty("error").GetProperty("param").GetString());
        Assert.Equal(NanoUsd.FromUsd(1), (await account.SettledBalanceAsync()).Available);
    }

    [Fact]
    public async Task An_embedding_model_does_not_chat()
    {
        var account = await (await shared.HostAsync()).NewAccountAsync();

        var response = await account.ChatAsync(ChatClientExtensions.Chat("hi", ("model", "text-embedding-3-small")));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("model", (await response.JsonAsync()).GetProperty("error").GetProperty("param").GetString());
    }
}
