using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Chat;

namespace OpsCenter.Gateway.Upstreams;

/// <summary>
/// OpenAI's own wire, which eight of the nine speak. The caller's bytes go through as they are; only the model's name, our own
/// fields, the name of the limit and the request for usage are changed, and what a provider would refuse is left out.
/// </summary>
internal sealed class OpenAiDialect : IDialect
{
    public string ChatPath => "chat/completions";

    public void AddHeaders(in ChatCall call, HttpRequestHeaders headers)
    {
    }

    public void WriteRequest(in ChatCall call, IBufferWriter<byte> output, ICollection<string> dropped)
    {
        var body = call.Body;
        var copy = new JsonObjectCopy(output);
        copy.Begin();
        copy.Member("model"u8, JsonSerializer.SerializeToUtf8Bytes(call.Offer.UpstreamModel, UpstreamJson.Default.String));
        foreach (var member in body)
        {
            if (body.Is(member, "model"u8) || body.Is(member, "power_level"u8) || body.Is(member, "stream_options"u8)
                || body.Is(member, "max_tokens"u8) || body.Is(member, "max_completion_tokens"u8))
                continue;
            if (!IsAccepted(body, member, call))
            {
                dropped.Add(Encoding.UTF8.GetString(body.Name(member)));
                continue;
            }

            copy.Copy(body.Whole(member));
        }

        if (call.Limit is { } limit)
            copy.Member(LimitName(call.Upstream.Provider), Encoding.ASCII.GetBytes(limit.ToString(CultureInfo.InvariantCulture)));
        // Always asked for, since it is what the bill is made of; the caller sees it only if they asked too.
        if (call.Facts.Stream)
            copy.Member("stream_options"u8, """{"include_usage":true}"""u8);
        copy.End();
    }

    /// <summary>OpenAI's newer models refuse the old name; most others do not know the new one.</summary>
    private static ReadOnlySpan<byte> LimitName(string provider) =>
        provider is "openai" or "groq" ? "max_completion_tokens"u8 : "max_tokens"u8;

    /// <summary>What a provider would refuse the whole request for.</summary>
    private static bool IsAccepted(in JsonMembers body, JsonMember member, in ChatCall call)
    {
        // OpenRouter's own routing fields mean nothing to anybody else.
        if (body.Is(member, "provider"u8) || body.Is(member, "models"u8))
            return call.Upstream.Provider is "openrouter";
        if (body.Is(member, "top_k"u8))
            return call.Upstream.Provider is not ("openai" or "groq");
        return !body.Is(member, "reasoning_effort"u8) || call.Offer.Capabilities.HasFlag(ModelCapabilities.Reasoning);
    }

    public WholeAnswer ReadAnswer(ReadOnlyMemory<byte> body, long created)
    {
        OpenAiAnswer answer;
        try
        {
            answer = OpenAiAnswer.Read(body.Span);
        }
        catch (JsonException)
        {
            return WholeAnswer.Failed(FailureKind.Garbage, "The provider's answer is not the JSON of a chat completion.");
        }

        if (answer.ErrorMessage is { } message)
            return new WholeAnswer(default, null, 0, Name(200, answer.ErrorCode, message, null));
        if (!answer.HasChoices || (answer.ContentBytes == 0 && answer.Usage is null or { Output: 0 } && !answer.ChoiceEnded))
            return WholeAnswer.Failed(FailureKind.Empty, "The provider's answer has no choices.");
        return new WholeAnswer(Mend(body, answer.OddFinishReason), answer.Usage, answer.ContentBytes, null);
    }

    public UpstreamFailure ReadFailure(int status, ReadOnlySpan<byte> body, TimeSpan? retryAfter)
    {
        try
        {
            var answer = OpenAiAnswer.Read(body);
            if (answer.ErrorMessage is { } message)
                return Name(status, answer.ErrorCode, message, retryAfter);
        }
        catch (JsonException)
        {
            // An HTML page or plain text; the status alone has to do.
        }

        return Name(status, null, $"The provider answered {status}.", retryAfter);
    }

    public IStreamTranslation OpenStream(StreamState state) => new Stream(state);

    /// <summary>What a status and a code mean. Providers agree on neither completely, so the words are looked at too.</summary>
    internal static UpstreamFailure Name(int status, string? code, string message, TimeSpan? retryAfter)
    {
        var kind = (status, code) switch
        {
            (_, "context_length_exceeded") or (413, _) => FailureKind.ContextTooLong,
            (400 or 422, _) when MentionsWindow(message) => FailureKind.ContextTooLong,
            (401 or 403, _) or (200, "401" or "403" or "invalid_api_key") => FailureKind.Unauthorized,
            (404, _) or (_, "model_not_found") => FailureKind.ModelMissing,
            (408, _) => FailureKind.Silent,
            (429, _) or (200, "429" or "rate_limit_exceeded" or "rate_limit_error") => FailureKind.RateLimited,
            (503 or 529, _) or (200, "503" or "529" or "overloaded_error") => FailureKind.Overloaded,
            (409 or 425 or >= 500, _) => FailureKind.ServerError,
            _ when status is >= 300 and < 400 => FailureKind.Garbage,
            (200, "400" or "invalid_request_error") => FailureKind.BadRequest,
            (200, _) => FailureKind.ServerError,
            _ => FailureKind.BadRequest,
        };
        return new UpstreamFailure(kind, status, Shorten(message), retryAfter);
    }

    private static bool MentionsWindow(string message) =>
        message.Contains("context length", StringComparison.OrdinalIgnoreCase)
        || message.Contains("context window", StringComparison.OrdinalIgnoreCase)
        || message.Contains("prompt is too long", StringComparison.OrdinalIgnoreCase)
        || message.Contains("maximum context", StringComparison.OrdinalIgnoreCase);

    private static string Shorten(string message) => message.Length <= 500 ? message : message[..500] + "…";

    /// <summary>OpenAI's .NET client throws on a finish_reason it does not know, such as Together's "eos".</summary>
    private static ReadOnlyMemory<byte> Mend(ReadOnlyMemory<byte> body, (int Start, int End) odd)
    {
        if (odd.End == 0)
            return body;
        var output = new ArrayBufferWriter<byte>(body.Length);
        WriteMended(body.Span, odd, output);
        return output.WrittenMemory;
    }

    private static void WriteMended(ReadOnlySpan<byte> json, (int Start, int End) odd, IBufferWriter<byte> output)
    {
        output.Write(json[..odd.Start]);
        output.Write("\"stop\""u8);
        output.Write(json[odd.End..]);
    }

    private sealed class Stream(StreamState state) : IStreamTranslation
    {
        public void OnData(ReadOnlySpan<byte> data, IBufferWriter<byte> output)
        {
            if (data.SequenceEqual("[DONE]"u8))
            {
                state.Finished = true;
                return;
            }

            OpenAiAnswer chunk;
            try
            {
                chunk = OpenAiAnswer.Read(data);
            }
            catch (JsonException)
            {
                state.Failure = new UpstreamFailure(FailureKind.Garbage, 200, "The provider sent a chunk that is not JSON.");
                return;
            }

            if (chunk.ErrorMessage is { } message)
            {
                state.Failure = Name(200, chunk.ErrorCode, message, null);
                return;
            }

            state.Usage = chunk.Usage ?? state.Usage;
            state.ContentBytes += chunk.ContentBytes;
            state.ChoiceEnded |= chunk.ChoiceEnded;
            // A chunk of usage alone is for us; the caller's comes at the end, with the price.
            if (!chunk.HasChoices)
                return;

            output.Write("data: "u8);
            if (chunk.HasUsageMember || (chunk.HasProvider && !state.Started))
                Rewrite(data, output);
            else if (chunk.OddFinishReason.End > 0)
                WriteMended(data, chunk.OddFinishReason, output);
            else if (!state.Started)
                WriteFirst(data, output);
            else
                output.Write(data);
            output.Write("\n\n"u8);
            state.Started = true;
        }

        /// <summary>The first chunk says who serves; the rest are the provider's bytes.</summary>
        private void WriteFirst(ReadOnlySpan<byte> data, IBufferWriter<byte> output)
        {
            output.Write("{\"provider\":"u8);
            output.Write(JsonSerializer.SerializeToUtf8Bytes(state.ProviderLabel, UpstreamJson.Default.String));
            output.Write(","u8);
            output.Write(data.TrimStart((byte)' ')[1..]);
        }

        private void Rewrite(ReadOnlySpan<byte> data, IBufferWriter<byte> output)
        {
            var json = data.ToArray();
            var members = JsonMembers.Of(json);
            var copy = new JsonObjectCopy(output);
            copy.Begin();
            if (!state.Started)
                copy.Member("provider"u8, JsonSerializer.SerializeToUtf8Bytes(state.ProviderLabel, UpstreamJson.Default.String));
            foreach (var member in members)
            {
                if (members.Is(member, "usage"u8) || members.Is(member, "provider"u8))
                    continue;
                copy.Copy(members.Whole(member));
            }

            copy.End();
        }
    }
}
