using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Chat;
using OpsCenter.Gateway.Upstreams;
using OpsCenter.Routing.Analysis;
using OpsCenter.Tests.Routing;

namespace OpsCenter.Tests.Gateway;

/// <summary>One request, as it leaves for different providers.</summary>
public sealed class ProviderHabitsTests
{
    [Theory]
    [InlineData("openai", "max_completion_tokens")]
    [InlineData("groq", "max_completion_tokens")]
    [InlineData("together", "max_tokens")]
    [InlineData("fireworks", "max_tokens")]
    public void The_limit_goes_out_under_the_name_that_the_provider_knows(string provider, string name)
    {
        foreach (var given in new[] { "max_tokens", "max_completion_tokens" })
        {
            var (sent, dropped) = Send(new OpenAiDialect(), provider, $$"""{"messages":[{"role":"user","content":"hi"}],"{{given}}":7}""");

            Assert.Equal(["model", "messages", name], sent.Select(member => member.Key));
            Assert.Equal(7, (int)sent[name]!);
            Assert.Empty(dropped);
        }
    }

    [Theory]
    [InlineData("openai", ModelCapabilities.Chat, "top_k,reasoning_effort,provider")]
    [InlineData("groq", ModelCapabilities.Chat | ModelCapabilities.Reasoning, "top_k,provider")]
    [InlineData("openrouter", ModelCapabilities.Chat | ModelCapabilities.Reasoning, "")]
    public void What_a_provider_would_refuse_is_left_out_and_listed_and_the_unknown_goes_along(string provider, ModelCapabilities able, string left)
    {
        var (sent, dropped) = Send(
            new OpenAiDialect(), provider,
            """{"messages":[{"role":"user","content":"hi"}],"top_k":3,"reasoning_effort":"low","provider":{"sort":"price"},"brand_new":null}""", able);

        Assert.Equal(left, string.Join(',', dropped));
        Assert.True(sent.ContainsKey("brand_new"));
        Assert.DoesNotContain(sent, member => dropped.Contains(member.Key));
    }

    [Fact]
    public void A_chat_becomes_a_message_of_Anthropics()
    {
        var (sent, dropped) = Send(
            new AnthropicDialect(), "anthropic",
            """
            {"messages":[
                {"role":"system","content":"Be brief."},
                {"role":"user","content":[{"type":"text","text":"Look"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"image_url","image_url":{"url":"https://x/y.png"}}]},
                {"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":""}},{"id":"b","type":"function","function":{"name":"g","arguments":"{\"x\":1}"}}]},
                {"role":"tool","tool_call_id":"a","content":"one"},
                {"role":"tool","tool_call_id":"b","content":"two"}],
             "tools":[{"type":"function","function":{"name":"f"}}],"parallel_tool_calls":false,"user":"me","stop":"END","temperature":1.7,
             "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}},"seed":null,"logit_bias":{}}
            """);

        Assert.Equal("Be brief.", (string?)sent["system"]);
        Assert.Equal(["user", "assistant", "user"], sent["messages"]!.AsArray().Select(message => (string)message!["role"]!));
        Assert.Equal(["text", "image", "image"], Types(sent["messages"]![0]!));
        Assert.Equal("""{"type":"base64","media_type":"image/png","data":"AAAA"}""", sent["messages"]![0]!["content"]![1]!["source"]!.ToJsonString());
        Assert.Equal("{}", sent["messages"]![1]!["content"]![0]!["input"]!.ToJsonString());
        Assert.Equal(["tool_result", "tool_result"], Types(sent["messages"]![2]!));
        Assert.Equal("""{"type":"auto","disable_parallel_tool_use":true}""", sent["tool_choice"]!.ToJsonString());
        Assert.Equal("""{"format":{"type":"json_schema","schema":{"type":"object"}}}""", sent["output_config"]!.ToJsonString());
        Assert.Equal(("me", "END", 1.0), ((string?)sent["metadata"]!["user_id"], (string?)sent["stop_sequences"]![0], (double)sent["temperature"]!));
        Assert.False(sent.ContainsKey("seed"));
        Assert.Equal(["logit_bias"], dropped);
    }

    [Theory]
    [InlineData("high", 20_000, ",\"tool_choice\":\"auto\"", 16_384)]
    [InlineData("high", 5_000, "", 4_999)]
    [InlineData("low", 1_000, "", null)]
    [InlineData("high", 20_000, ",\"tool_choice\":\"required\"", null)]
    public void Effort_becomes_a_budget_to_think_within_where_Anthropic_allows_it(string effort, int limit, string more, int? budget)
    {
        var (sent, _) = Send(
            new AnthropicDialect(), "anthropic",
            $$"""{"messages":[{"role":"user","content":"hi"}],"temperature":0.3,"max_tokens":{{limit}},"reasoning_effort":"{{effort}}"{{more}}}""",
            ModelCapabilities.Chat | ModelCapabilities.Reasoning);

        Assert.Equal(budget, (int?)sent["thinking"]?["budget_tokens"]);
        Assert.Equal(budget is null, sent.ContainsKey("temperature"));
    }

    private static IEnumerable<string> Types(JsonNode message) => message["content"]!.AsArray().Select(block => (string)block!["type"]!);

    private static (JsonObject Sent, List<string> Dropped) Send(object dialect, string provider, string body, ModelCapabilities able = ModelCapabilities.Chat)
    {
        ReadOnlyMemory<byte> json = Encoding.UTF8.GetBytes(body);
        var upstream = new Upstream(provider, provider, new Uri("http://provider/"), Wire.OpenAi, IsSandbox: false, _ => { }, null!);
        var call = new ChatCall(
            JsonMembers.Of(json), new ChatRequest(json, ChatFacts.Read(json)), Any.Offer($"{provider}/m", maxOutput: 64_000, capabilities: able), upstream);
        var output = new ArrayBufferWriter<byte>();
        var dropped = new List<string>();
        ((IDialect)dialect).WriteRequest(call, output, dropped);
        return (JsonNode.Parse(output.WrittenSpan)!.AsObject(), dropped);
    }
}
