using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Chat;

namespace OpsCenter.Gateway.Upstreams;

/// <summary>
/// Anthropic's Messages API for a caller who speaks it too: the body goes through as it came but for the model and our own
/// fields, and answers come back as they are, with usage noticed on the way. So cache marks, thinking with its signatures,
/// documents and whatever a beta adds keep working.
/// </summary>
internal sealed class AnthropicNative : IDialect
{
    private static readonly AnthropicDialect Translated = new();

    public string ChatPath => Translated.ChatPath;

    public void AddHeaders(in ChatCall call, HttpRequestHeaders headers)
    {
        headers.Add("anthropic-version", call.Request.Native!.Version ?? AnthropicDialect.Version);
        if (call.Request.Native.Betas is { } betas)
            headers.Add("anthropic-beta", betas);
    }

    public void WriteRequest(in ChatCall call, IBufferWriter<byte> output, ICollection<string> dropped)
    {
        var body = JsonMembers.Of(call.Request.Native!.Body);
        var copy = new JsonObjectCopy(output);
        copy.Begin();
        copy.Member("model"u8, JsonSerializer.SerializeToUtf8Bytes(call.Offer.UpstreamModel, UpstreamJson.Default.String));
        foreach (var member in body)
        {
            // As it came, unless the model cannot write so much.
            if (body.Is(member, "max_tokens"u8) && call.Limit is { } limit && limit != call.Facts.MaxOutputTokens)
                copy.Member("max_tokens"u8, Encoding.ASCII.GetBytes(limit.ToString(CultureInfo.InvariantCulture)));
            else if (!body.Is(member, "model"u8) && !body.Is(member, "power_level"u8) && !body.Is(member, "provider"u8) && !body.Is(member, "models"u8))
                copy.Copy(body.Whole(member));
        }

        copy.End();
    }

    public WholeAnswer ReadAnswer(ReadOnlyMemory<byte> body, long created)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.Find("error") is { } error)
                return new WholeAnswer(default, null, 0, AnthropicDialect.Failure(200, error, null));
            if (root.Find("content") is not { ValueKind: JsonValueKind.Array } content)
                return WholeAnswer.Failed(FailureKind.Empty, "The provider's answer has no content.");
            TokenCounts? usage = root.Find("usage") is { } counted ? AnthropicDialect.Usage(counted, default) : null;
            return new WholeAnswer(body, usage, content.Items().Sum(ContentBytes), null) { Wire = Wire.Anthropic };
        }
        catch (JsonException)
        {
            return WholeAnswer.Failed(FailureKind.Garbage, "The provider's answer is not the JSON of a message.");
        }
    }

    public UpstreamFailure ReadFailure(int status, ReadOnlySpan<byte> body, TimeSpan? retryAfter) =>
        Translated.ReadFailure(status, body, retryAfter);

    public IStreamTranslation OpenStream(StreamState state)
    {
        state.Wire = Wire.Anthropic;
        return new Stream(state);
    }

    /// <summary>The generated text of a block, or of a delta to one, in UTF-8.</summary>
    private static long ContentBytes(JsonElement part) =>
        Encoding.UTF8.GetByteCount(part.Text("text") ?? part.Text("thinking") ?? part.Text("partial_json") ?? "")
        + (part.Find("input") is { ValueKind: JsonValueKind.Object } input && input.EnumerateObject().Any() ? input.GetRawText().Length : 0);

    private sealed class Stream(StreamState state) : IStreamTranslation
    {
        private TokenCounts _usage;

        public void OnData(ReadOnlySpan<byte> data, IBufferWriter<byte> output)
        {
            string? type;
            try
            {
                var reader = new Utf8JsonReader(data);
                using var document = JsonDocument.ParseValue(ref reader);
                type = Notice(document.RootElement);
            }
            catch (JsonException)
            {
                type = null;
            }

            if (type is null)
            {
                state.Failure = new UpstreamFailure(FailureKind.Garbage, 200, "The provider sent an event that is not the JSON of a message.");
                return;
            }

            // The caller's last event is ours, so that a broken answer can never look finished; an error is told in our words.
            if (type is "message_stop" or "error")
                return;
            output.Write("event: "u8);
            output.Write(Encoding.UTF8.GetBytes(type));
            output.Write("\ndata: "u8);
            output.Write(data);
            output.Write("\n\n"u8);
            state.Started = true;
        }

        private string? Notice(JsonElement e)
        {
            var type = e.Text("type");
            switch (type)
            {
                case "message_start" when e.Find("message") is { } message:
                    Count(message);
                    break;
                case "content_block_start" when e.Find("content_block") is { } block:
                    state.ContentBytes += ContentBytes(block) + (block.Text("name")?.Length ?? 0);
                    break;
                case "content_block_delta" when e.Find("delta") is { } delta:
                    state.ContentBytes += ContentBytes(delta);
                    break;
                case "message_delta":
                    Count(e);
                    state.ChoiceEnded |= e.Find("delta")?.Text("stop_reason") is not null;
                    break;
                case "message_stop":
                    state.Finished = true;
                    break;
                case "error":
                    state.Failure = AnthropicDialect.Failure(200, e.Find("error") ?? default, null);
                    break;
            }

            return type;
        }

        private void Count(JsonElement holder)
        {
            if (holder.Find("usage") is not { ValueKind: JsonValueKind.Object } usage)
                return;
            _usage = AnthropicDialect.Usage(usage, _usage);
            state.Usage = _usage;
        }
    }
}
