using OpsCenter.Contracts;

namespace OpsCenter.Credits.Billing;

/// <summary>Dead letters behind the internal doors: what Lago refused, and another try.</summary>
internal static class BillingApi
{
    private const int LongestList = 200;

    public static void MapBilling(this IEndpointRouteBuilder doors)
    {
        doors.MapGet(InternalPaths.DeadLetters, async (Outbox outbox, CancellationToken ct) =>
            TypedResults.Ok(await outbox.GetDeadAsync(OutboxMessage.Lago, LongestList, ct)));
        doors.MapPost(InternalPaths.DeadLettersReplay, async (Outbox outbox, CancellationToken ct) =>
            TypedResults.Ok(new { replayed = await outbox.ReplayAsync(OutboxMessage.Lago, ct) }));
    }
}
