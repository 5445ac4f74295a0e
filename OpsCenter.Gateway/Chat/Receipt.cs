using System.Buffers;
using System.Globalization;
using System.Text.Json;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Upstreams;

namespace OpsCenter.Gateway.Chat;

/// <summary>What a request cost and why it went where it went: the same facts in headers, body and ledger.</summary>
internal sealed class Receipt(ChatRun run, Offer offer, Upstream upstream, TokenCounts tokens, UsageSource source, NanoUsd cost)
{
    public ChatRequest Request => run.Request;

    public NanoUsd Cost { get; } = cost;

    public TokenCounts Tokens { get; } = tokens;

    public UsageSource Source { get; } = source;

    /// <summary>Headers that are known before the first byte of an answer.</summary>
    public static void WriteHeaders(ChatRun run, UpstreamAnswer answer)
    {
        var headers = run.Http.Response.Headers;
        headers["X-Provider-Used"] = answer.Upstream.Label;
        headers["X-Model-Used"] = answer.Offer.Model;
        headers["X-Power-Level"] = run.Plan.Level.Word();
        headers["X-Cache"] = "BYPASS";
        headers["X-Credential"] = "platform";
        headers["X-Route-Attempts"] = run.Trail.Attempts.Count.ToString(CultureInfo.InvariantCulture);
        headers["X-Route-Trail"] = run.Trail.ToString();
        headers["X-OpsCenter-Overhead-Ms"] = (run.Elapsed - run.Trail.Upstream).TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture);
        if (run.CreditsRemaining is { } remaining)
            headers["X-Credits-Remaining"] = remaining.ToString();
        if (run.Trail.Dropped.Count > 0)
            headers["X-OpsCenter-Dropped-Params"] = string.Join(',', run.Trail.Dropped.Distinct());
    }

    /// <summary>An answer in one piece, with the price in its usage and the receipt behind it; every other member stays as it came.</summary>
    public ReadOnlyMemory<byte> WriteInto(ReadOnlyMemory<byte> answer)
    {
        var output = new ArrayBufferWriter<byte>(answer.Length + 1024);
        var members = JsonMembers.Of(answer);
        var copy = new JsonObjectCopy(output);
        copy.Begin();
        ReadOnlyMemory<byte>? usage = null;
        foreach (var member in members)
        {
            if (members.Is(member, "usage"u8))
                usage = members.Value(member);
            else if (!members.Is(member, "provider"u8) && !members.Is(member, "opscenter"u8))
                copy.Copy(members.Whole(member));
        }

        copy.Member("usage"u8, Usage(usage));
        copy.Member("provider"u8, JsonSerializer.SerializeToUtf8Bytes(upstream.Label, UpstreamJson.Default.String));
        copy.Member("opscenter"u8, ToJson());
        copy.End();
        return output.WrittenMemory;
    }

    /// <summary>The last event before <c>[DONE]</c> for a caller who asked for usage.</summary>
    public void WriteUsageEvent(IBufferWriter<byte> output, long created, string kind = "chat.completion.chunk")
    {
        output.Write("data: "u8);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("id", run.Id.ToString());
            json.WriteString("object", kind);
            json.WriteNumber("created", created);
            json.WriteString("model", offer.Model);
            json.WriteStartArray("choices");
            json.WriteEndArray();
            json.WritePropertyName("usage");
            json.WriteRawValue(Usage(null), skipInputValidation: true);
            json.WriteString("provider", upstream.Label);
            WriteMember(json);
            json.WriteEndObject();
        }

        output.Write("\n\n"u8);
    }

    private byte[] Usage(ReadOnlyMemory<byte>? reported)
    {
        var output = new ArrayBufferWriter<byte>(256);
        var copy = new JsonObjectCopy(output);
        copy.Begin();
        // What the provider reported is kept member by member, unless it was not believed.
        if (reported is { } given && Source is UsageSource.Provider && given.Span[0] == (byte)'{')
        {
            var members = JsonMembers.Of(given);
            foreach (var member in members)
            {
                if (!members.Is(member, "cost"u8) && !members.Is(member, "cost_details"u8) && !members.Is(member, "is_byok"u8))
                    copy.Copy(members.Whole(member));
            }
        }
        else
        {
            copy.Member("prompt_tokens"u8, Number(Tokens.Input));
            copy.Member("completion_tokens"u8, Number(Tokens.Output));
            copy.Member("total_tokens"u8, Number(Tokens.Total));
            copy.Member("prompt_tokens_details"u8, Object(json => json.WriteNumber("cached_tokens", Tokens.CachedInput)));
            copy.Member("completion_tokens_details"u8, Object(json => json.WriteNumber("reasoning_tokens", Tokens.Reasoning)));
        }

        copy.Member("cost"u8, System.Text.Encoding.ASCII.GetBytes(Cost.ToString()));
        copy.Member("is_byok"u8, "false"u8);
        copy.Member("cost_details"u8, Object(json =>
        {
            json.WritePropertyName("upstream");
            json.WriteRawValue(offer.Prices.Cost(Tokens).ToString());
            json.WriteNumber("tier_multiplier", (10_000 + run.Terms.MarkupBasisPoints) / 10_000m);
        }));
        if (Source is UsageSource.Estimated)
            copy.Member("estimated"u8, "true"u8);
        copy.End();
        return output.WrittenSpan.ToArray();
    }

    private void WriteReceipt(Utf8JsonWriter json)
    {
        json.WriteString("request_id", run.Id.ToString());
        json.WriteString("provider", upstream.Label);
        json.WriteString("model", offer.Model);
        json.WriteString("power_level", run.Plan.Level.Word());
        json.WriteString("task", run.Plan.Task.Task.Word());
        json.WriteString("cost", Cost.ToString());
        json.WriteString("cache", "BYPASS");
        json.WriteStartArray("attempts");
        foreach (var attempt in run.Trail.Attempts)
        {
            json.WriteStartObject();
            json.WriteString("provider", attempt.Label);
            json.WriteNumber("status", attempt.Failure?.StatusOrNearest ?? StatusCodes.Status200OK);
            json.WriteNumber("ms", (long)attempt.Elapsed.TotalMilliseconds);
            json.WriteString("credential", "platform");
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("reason", run.Plan.Reason);
    }

    /// <summary>The whole member <c>opscenter</c>.</summary>
    public void WriteMember(Utf8JsonWriter json)
    {
        json.WriteStartObject("opscenter");
        WriteReceipt(json);
        json.WriteEndObject();
    }

    /// <summary>The value of <c>opscenter</c>.</summary>
    public byte[] ToJson() => Object(WriteReceipt);

    private static byte[] Object(Action<Utf8JsonWriter> members)
    {
        var output = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    private static byte[] Number(long value) => System.Text.Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture));
}

internal static class Words
{
    /// <summary>As callers write it: <c>eco</c>.</summary>
    public static string Word(this PowerLevel level) => level switch
    {
        PowerLevel.Eco => "eco",
        PowerLevel.Precision => "precision",
        _ => "balanced",
    };

    /// <summary>As receipts and the router's explanation write it: <c>code</c>.</summary>
    public static string Word(this TaskKind task) => task switch
    {
        TaskKind.Code => "code",
        TaskKind.Rag => "rag",
        TaskKind.Creative => "creative",
        TaskKind.Analysis => "analysis",
        TaskKind.Translation => "translation",
        TaskKind.Summarization => "summarization",
        TaskKind.Reasoning => "reasoning",
        _ => "chat",
    };
}
