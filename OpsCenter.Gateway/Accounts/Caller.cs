using OpsCenter.Contracts;

namespace OpsCenter.Gateway.Accounts;

/// <summary>Who is asking, whichever credential they showed. Immutable; shared by every request of the same key.</summary>
internal sealed record Caller(Guid AccountId, string AccountName, Tier Tier, Guid? KeyId, Guid? UserId, Role Role)
{
    public static ValueTask<Caller?> BindAsync(HttpContext http) => new(Of(http));

    public static Caller Of(HttpContext http) =>
        http.Features.Get<Caller>()
        ?? throw new InvalidOperationException("This endpoint must require CallerAuthentication.Policy or KeyPolicy.");
}
