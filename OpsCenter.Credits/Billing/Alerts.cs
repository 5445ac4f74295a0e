using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using OpsCenter.Contracts;
using OpsCenter.Credits.Ledger;

namespace OpsCenter.Credits.Billing;

/// <summary>What an alert says, as it lies in the outbox.</summary>
internal static class Alerts
{
    public static string Of(Limit limit, Budget budget) => Write(json =>
    {
        json.WriteString("account_id", limit.AccountId);
        json.WriteString("scope", limit.Name);
        json.WriteString("scope_id", limit.ScopeId);
        json.WriteString("starts_on", budget.StartsOn.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        json.WriteString("cap", limit.Cap.ToString());
        json.WriteString("used", budget.Used.ToString());
        json.WriteNumber("alert_percent", limit.AlertPercent);
    });

    public static string OfWriteoff(Guid accountId, Guid requestId, NanoUsd amount) => Write(json =>
    {
        json.WriteString("account_id", accountId);
        json.WriteString("request_id", requestId);
        json.WriteString("written_off", amount.ToString());
    });

    private static string Write(Action<Utf8JsonWriter> members)
    {
        var output = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
