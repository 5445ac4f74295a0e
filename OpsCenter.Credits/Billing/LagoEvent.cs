using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using OpsCenter.Contracts;
using OpsCenter.Credits.Ledger;

namespace OpsCenter.Credits.Billing;

/// <summary>
/// A usage row as Lago's event, written down when it happened and never again: Lago's ClickHouse store knows an event by its
/// id and its timestamp, so both have to stay what they were. The metric's code is added on the way out.
/// </summary>
internal static class LagoEvent
{
    public const string DefaultCode = "llm_tokens";

    /// <summary>Of a request that was lost, charged at what it had cost when it was last heard of.</summary>
    public const string Recovery = "recovery";

    /// <summary>Of the same request when its settlement came after all: its cost is the difference, its tokens are all.</summary>
    public const string Correction = "correction";

    /// <summary>1 nano-USD is 10⁻⁷ cents, which Lago's fifteen decimal places hold exactly.</summary>
    private const decimal NanoPerCent = NanoUsd.PerCent;

    public static OutboxMessage Message(UsageRecord usage, NanoUsd cost, string? occasion, DateTimeOffset now)
    {
        var id = occasion is null ? usage.RequestId.ToString() : $"{usage.RequestId}-{occasion}";
        return new OutboxMessage
        {
            Topic = OutboxMessage.Lago,
            Ref = id,
            Payload = Payload(id, usage, cost, now),
            CreatedAt = now,
            NextAttemptAt = now,
        };
    }

    private static string Payload(string id, UsageRecord usage, NanoUsd cost, DateTimeOffset now)
    {
        var output = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("transaction_id", id);
            json.WriteString("external_subscription_id", usage.AccountId);
            json.WriteString("timestamp", (now.ToUnixTimeMilliseconds() / 1000m).ToString("0.000", CultureInfo.InvariantCulture));
            json.WriteString("precise_total_amount_cents", (cost.Value / NanoPerCent).ToString("0.0000000", CultureInfo.InvariantCulture));
            json.WriteStartObject("properties");
            json.WriteNumber("tokens", usage.InputTokens + usage.OutputTokens);
            json.WriteNumber("input_tokens", usage.InputTokens);
            json.WriteNumber("output_tokens", usage.OutputTokens);
            json.WriteString("provider", usage.Provider);
            json.WriteString("model", usage.Model);
            json.WriteString("power_level", usage.PowerLevel);
            json.WriteString("usage_source", usage.Source.ToString().ToLowerInvariant());
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
