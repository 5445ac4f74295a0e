using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace OpsCenter.Credits.Purchases;

/// <summary>
/// The inbox: one row an event, however often it is delivered. An event is only ever a reason to look: what it says about
/// money is asked for again at the provider, so neither the order of events nor the API version they are written in matters.
/// </summary>
internal sealed partial class StripeEvent
{
    public required string EventId { get; init; }

    public required string Type { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required bool Livemode { get; init; }

    /// <summary>The version of the payload; kept for whoever reads the row, decisive for nothing.</summary>
    public string? ApiVersion { get; init; }

    public string? ObjectId { get; init; }

    /// <summary>Our purchase, when the object names it.</summary>
    public Guid? PurchaseId { get; init; }

    public string? PaymentIntentId { get; init; }

    public required string Payload { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public EventState State { get; set; }

    public int Attempts { get; set; }

    public required DateTimeOffset NextAttemptAt { get; set; }

    public string? Error { get; set; }

    /// <summary>Reads an event without trusting its form; null when it is none.</summary>
    public static StripeEvent? Read(string json, DateTimeOffset now)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind is not JsonValueKind.Object
                || Name(root, "id") is not { } id
                || Name(root, "type") is not { } type
                || !root.TryGetProperty("created", out var created)
                || created.ValueKind is not JsonValueKind.Number
                || !created.TryGetInt64(out var seconds)
                || seconds is < 0 or > 100_000_000_000
                || !root.TryGetProperty("data", out var data)
                || data.ValueKind is not JsonValueKind.Object
                || !data.TryGetProperty("object", out var subject)
                || subject.ValueKind is not JsonValueKind.Object)
            {
                return null;
            }

            var objectId = Name(subject, "id");
            return new StripeEvent
            {
                EventId = id,
                Type = type,
                Created = DateTimeOffset.FromUnixTimeSeconds(seconds),
                Livemode = root.TryGetProperty("livemode", out var live) && live.ValueKind is JsonValueKind.True,
                ApiVersion = Name(root, "api_version"),
                ObjectId = objectId,
                PurchaseId = Id(subject, "client_reference_id")
                    ?? (subject.TryGetProperty("metadata", out var metadata) ? Id(metadata, StripeCheckout.PurchaseIdKey) : null),
                PaymentIntentId = Name(subject, "object") is "payment_intent" ? objectId : Name(subject, "payment_intent"),
                Payload = json,
                ReceivedAt = now,
                NextAttemptAt = now,
            };
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The second is what a string throws that is no text, such as half of a surrogate pair.
            return null;
        }
    }

    public static void Configure(EntityTypeBuilder<StripeEvent> inbox)
    {
        inbox.ToTable("stripe_events");
        inbox.HasKey(row => row.EventId);
        inbox.Property(row => row.EventId).HasMaxLength(255);
        inbox.Property(row => row.Type).HasMaxLength(255);
        inbox.Property(row => row.ApiVersion).HasMaxLength(255);
        inbox.Property(row => row.ObjectId).HasMaxLength(255);
        inbox.Property(row => row.PaymentIntentId).HasMaxLength(255);
        inbox.Property(row => row.State).HasConversion<short>();
        inbox.HasIndex(row => row.NextAttemptAt).HasFilter("state = 0");
    }

    /// <summary>A short word of the kind that ids and types are; anything else is not looked at, and never reaches a column.</summary>
    private static string? Name(JsonElement parent, string member) =>
        parent.ValueKind is JsonValueKind.Object
        && parent.TryGetProperty(member, out var value)
        && value.ValueKind is JsonValueKind.String
        && value.GetString() is { } text
        && NamePattern().IsMatch(text)
            ? text
            : null;

    private static Guid? Id(JsonElement parent, string member) =>
        Guid.TryParse(Name(parent, member), out var id) ? id : null;

    [GeneratedRegex(@"^[A-Za-z0-9_.:-]{1,255}\z")]
    private static partial Regex NamePattern();
}

internal enum EventState : short
{
    /// <summary>To be acted upon.</summary>
    Received = 0,

    Done = 1,

    /// <summary>Of no purchase of ours, or of a kind that moves no money.</summary>
    Ignored = 2,

    /// <summary>Given up; the row says why. The reconciler still looks after the purchase.</summary>
    Dead = 3,
}
