using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using OpsCenter.Contracts;
using OpsCenter.Routing.Analysis;

namespace OpsCenter.Tests.Routing;

public sealed class ChatFactsTests
{
    private static readonly JsonSerializerOptions AsWritten = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void The_facts_of_a_full_request_are_read_in_one_pass()
    {
        var facts = Read("""
            {"model":"groq/llama-3.3-70b:eco","power_level":"precision","stream":true,"stream_options":{"include_usage":true},
             "max_tokens":50,"max_completion_tokens":80,"n":2,"temperature":0.3,"unknown":{"deep":[1,{"a":null}]},
             "tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object"}}}],
             "response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{}}},
             "messages":[
               {"role":"system","content":"You help."},
               {"content":[{"type":"text","text":"What is this?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}],"role":"user"},
               {"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"weather","arguments":"{}"}}]},
               {"role":"tool","tool_call_id":"c","content":"sunny"}]}
            """);

        Assert.Equal("groq/llama-3.3-70b:eco", facts.Model);
        Assert.Equal(PowerLevel.Precision, facts.Level);
        Assert.True(facts.Stream);
        Assert.True(facts.IncludeUsage);
        Assert.Equal(80, facts.MaxOutputTokens);
        Assert.Equal(2, facts.Choices);
        Assert.Equal(4, facts.MessageCount);
        Assert.Equal(ModelCapabilities.Tools | ModelCapabilities.Vision | ModelCapabilities.JsonSchema, facts.Needs);
        Assert.Equal("What is this?", facts.LastUserText);
        Assert.InRange(facts.EstimatedInputTokens, 1_100, 1_300);
    }

    [Fact]
    public void A_bare_request_leaves_everything_to_the_router()
    {
        var facts = Read("""{"model":null,"messages":[{"role":"user","content":"Hello there, how are you today?"}]}""");

        Assert.Null(facts.Model);
        Assert.Null(facts.Level);
        Assert.Null(facts.MaxOutputTokens);
        Assert.False(facts.Stream);
        Assert.Equal(1, facts.Choices);
        Assert.Equal(ModelCapabilities.None, facts.Needs);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("  ", null)]
    [InlineData("null", null)]
    [InlineData("[]", null)]
    [InlineData("{\"messages\":[", null)]
    [InlineData("{}", "messages")]
    [InlineData("{\"messages\":null}", "messages")]
    [InlineData("{\"messages\":[]}", "messages")]
    [InlineData("{\"messages\":{}}", "messages")]
    [InlineData("{\"messages\":[\"hi\"]}", "messages[0]")]
    [InlineData("{\"messages\":[{\"content\":\"hi\"}]}", "messages[0].role")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},{\"role\":\"robot\",\"content\":\"hi\"}]}", "messages[1].role")]
    [InlineData("{\"messages\":[{\"role\":7,\"content\":\"hi\"}]}", "messages[0].role")]
    [InlineData("{\"messages\":[{\"role\":\"user\"}]}", "messages[0].content")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":null}]}", "messages[0].content")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":5}]}", "messages[0].content")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":[5]}]}", "messages[0].content[0]")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"a\"}]}]}", "messages[0].content[0].type")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"video\"}]}]}", "messages[0].content[0].type")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}]}", "messages[0].content[0].text")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":\"x\"}]}]}", "messages[0].content[0].image_url")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{}}]}]}", "messages[0].content[0].image_url.url")]
    public void What_is_no_conversation_is_refused_by_name(string json, string? param)
    {
        var fault = Assert.Throws<ChatRequestException>(() => Read(json));

        Assert.Equal("invalid_request", fault.Code);
        Assert.Equal(param, fault.Param);
    }

    [Theory]
    [InlineData("\"model\":5", "model", "auto")]
    [InlineData("\"stream\":\"yes\"", "stream", "true or false")]
    [InlineData("\"max_tokens\":0", "max_tokens", "at least 1")]
    [InlineData("\"max_tokens\":1.5", "max_tokens", "integer")]
    [InlineData("\"max_tokens\":1e2", "max_tokens", "integer")]
    [InlineData("\"max_tokens\":\"5\"", "max_tokens", "integer")]
    [InlineData("\"max_tokens\":99999999999", "max_tokens", "integer")]
    [InlineData("\"max_completion_tokens\":-3", "max_completion_tokens", "at least 1")]
    [InlineData("\"n\":9", "n", "from 1 to 8")]
    [InlineData("\"n\":0", "n", "from 1 to 8")]
    [InlineData("\"power_level\":\"turbo\"", "power_level", "eco, balanced or precision")]
    [InlineData("\"power_level\":1", "power_level", "eco, balanced or precision")]
    [InlineData("\"tools\":{}", "tools", "array")]
    [InlineData("\"tools\":[1]", "tools[0]", "object")]
    [InlineData("\"response_format\":\"json\"", "response_format", "json_schema")]
    [InlineData("\"response_format\":{\"type\":\"xml\"}", "response_format.type", "json_object")]
    [InlineData("\"stream_options\":true", "stream_options", "include_usage")]
    [InlineData("\"stream_options\":{\"include_usage\":1}", "stream_options.include_usage", "true or false")]
    public void A_wrong_member_is_named_with_what_is_accepted(string member, string param, string accepted)
    {
        var fault = Assert.Throws<ChatRequestException>(() => Read("{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]," + member + "}"));

        Assert.Equal(param, fault.Param);
        Assert.Contains(accepted, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"half \ud83d of a pair, in a longer sentence"}]}""")]
    [InlineData("""{"model":"\udc00","messages":[{"role":"user","content":"hi"}]}""")]
    public void Half_a_surrogate_pair_is_a_fault_of_the_request(string json) =>
        Assert.Equal("invalid_request", Assert.Throws<ChatRequestException>(() => Read(json)).Code);

    [Fact]
    public void Bytes_that_are_not_utf8_are_a_fault_of_the_request()
    {
        byte[] json = [.. """{"messages":[{"role":"user","content":" """u8, 0xC0, 0xAF, .. """ "}]}"""u8];

        Assert.Equal("invalid_request", Assert.Throws<ChatRequestException>(() => ChatFacts.Read(json)).Code);
    }

    [Fact]
    public void The_last_human_turn_is_found_behind_tool_results_and_reminders()
    {
        var facts = Read("""
            {"messages":[
              {"role":"user","content":"Rename the class Foo to Bar in every file."},
              {"role":"assistant","content":"Working on it."},
              {"role":"tool","tool_call_id":"1","content":"a very long listing"},
              {"role":"user","content":[{"type":"text","text":"<system-reminder>Remember the todo list.</system-reminder>"}]}]}
            """);

        Assert.Equal("Rename the class Foo to Bar in every file.", facts.LastUserText);
    }

    [Fact]
    public void A_very_short_turn_brings_the_one_before_it()
    {
        var facts = Read("""
            {"messages":[
              {"role":"user","content":"Shall we translate the letter into French?"},
              {"role":"assistant","content":"If you like."},
              {"role":"user","content":"yes"}]}
            """);

        Assert.Equal("Shall we translate the letter into French?\nyes", facts.LastUserText);
    }

    [Fact]
    public void Of_a_very_long_turn_the_beginning_and_the_end_are_kept()
    {
        var text = $"Summarize this: {string.Concat(Enumerable.Repeat("😀 words ", 2_000))} What is it about?";
        var facts = Read(JsonSerializer.Serialize(new { messages = new[] { new { role = "user", content = text } } }));

        Assert.InRange(facts.LastUserText.Length, 4_000, ChatFacts.LastUserTextLimit);
        Assert.StartsWith("Summarize this:", facts.LastUserText, StringComparison.Ordinal);
        Assert.EndsWith("What is it about?", facts.LastUserText, StringComparison.Ordinal);
        Assert.DoesNotContain('\uFFFD', Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(facts.LastUserText)));
    }

    /// <summary>Token counts by o200k_base, the newest of OpenAI's encodings.</summary>
    [Theory]
    [InlineData("The quick brown fox jumps over the lazy dog. It was not amused, and said so at length.", 20)]
    [InlineData("今天天气很好，我们去公园散步吧。", 10)]
    [InlineData("for (var i = 0; i < items.Length; i++) { total += items[i].Price * items[i].Count; }", 29)]
    [InlineData("{\"id\":\"a1b2\",\"values\":[1,2,3,44,555],\"ok\":true}", 25)]
    public void The_estimate_of_tokens_errs_high_but_not_absurdly(string text, int actual)
    {
        var facts = Read(JsonSerializer.Serialize(new { messages = new[] { new { role = "user", content = text } } }, AsWritten));

        Assert.InRange(facts.EstimatedInputTokens, actual, actual * 2 + 8);
    }

    private static ChatFacts Read(string json) => ChatFacts.Read(Encoding.UTF8.GetBytes(json));
}
