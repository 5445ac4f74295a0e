using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace OpsCenter.Credits.Billing;

/// <summary>Something that the world outside is to hear, written in the transaction that made it true.</summary>
internal sealed class OutboxMessage
{
    /// <summary>An event for Lago; its <see cref="Ref"/> is the event's transaction_id.</summary>
    public const string Lago = "lago";

    /// <summary>A budget passed its alert share; its <see cref="Ref"/> names the budget and the period.</summary>
    public const string BudgetAlert = "budget_alert";

    /// <summary>A balance hit its bound and the rest was written off; its <see cref="Ref"/> is the request's id.</summary>
    public const string Writeoff = "writeoff";

    public long Id { get; init; }

    public required string Topic { get; init; }

    /// <summary>With the topic, the natural key: the same message is not written twice.</summary>
    public required string Ref { get; init; }

    public required string Payload { get; init; }

    public OutboxState State { get; set; }

    public int Attempts { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset NextAttemptAt { get; set; }

    /// <summary>What the receiver said last.</summary>
    public string? Error { get; set; }

    public static void Configure(EntityTypeBuilder<OutboxMessage> message)
    {
        message.ToTable("outbox");
        message.Property(row => row.Topic).HasMaxLength(20);
        message.Property(row => row.Ref).HasMaxLength(120);
        message.Property(row => row.Payload).HasColumnType("jsonb");
        message.Property(row => row.State).HasConversion<short>();
        message.HasIndex(row => new { row.Topic, row.Ref }).IsUnique();
        message.HasIndex(row => new { row.Topic, row.NextAttemptAt }).HasFilter("state = 0");
        message.HasIndex(row => new { row.Topic, row.Id }).HasDatabaseName("ix_outbox_dead").HasFilter("state = 2");
        message.HasStorageParameter("fillfactor", 80);
    }
}

internal enum OutboxState : short
{
    Waiting = 0,
    Delivered = 1,

    /// <summary>The receiver refused it for good; somebody has to look at it.</summary>
    Dead = 2,
}
