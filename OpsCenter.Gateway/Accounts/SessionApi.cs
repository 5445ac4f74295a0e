using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using OpsCenter.Gateway.Chat;
using OpsCenter.Gateway.Upstreams;

namespace OpsCenter.Gateway.Accounts;

internal static class SessionApi
{
    /// <summary>A session ends after this long, used or not.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1").WithTags("Account");
        api.MapPost("/session", SignInAsync).AllowAnonymous();
        api.MapDelete("/session", SignOutAsync).RequireAuthorization(CallerAuthentication.Policy);
        api.MapGet("/me", MeAsync).RequireAuthorization(CallerAuthentication.Policy);
    }

    private static async Task<IResult> SignInAsync(
        SignInRequest request, HttpContext http, GatewayDb db, UpstreamDirectory upstreams, TimeProvider time, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var hash = Secret.Hash(request.Token ?? "");
        // One statement spends the link, so that of two who click it at once one gets in.
        var spent = await db.SignInTokens
            .Where(token => token.SecretHash == hash && token.UsedAt == null && token.ExpiresAt > now)
            .ExecuteUpdateAsync(set => set.SetProperty(token => token.UsedAt, now), ct);
        if (spent == 0)
            return OpenAiError.SignInLinkSpent.ToResult();

        var user = await (
                from token in db.SignInTokens
                where token.SecretHash == hash
                join found in db.Users on token.UserId equals found.Id
                select found)
            .FirstAsync(ct);
        var secret = Secret.Create();
        db.Sessions.Add(new Session
        {
            SecretHash = Secret.Hash(secret),
            UserId = user.Id,
            CreatedAt = now,
            LastSeenAt = now,
            ExpiresAt = now + Lifetime,
        });
        await db.SaveChangesAsync(ct);
        SessionCookie.Write(http, secret, now + Lifetime);
        return TypedResults.Ok(await DescribeAsync(user.Id, db, upstreams, ct));
    }

    private static async Task<NoContent> SignOutAsync(HttpContext http, GatewayDb db, CancellationToken ct)
    {
        if (SessionCookie.Read(http.Request) is { } secret)
        {
            var hash = Secret.Hash(secret);
            await db.Sessions.Where(session => session.SecretHash == hash).ExecuteDeleteAsync(ct);
            SessionCookie.Delete(http);
        }

        return TypedResults.NoContent();
    }

    private static async Task<Ok<Me>> MeAsync(Caller caller, GatewayDb db, UpstreamDirectory upstreams, CancellationToken ct) =>
        TypedResults.Ok(caller.UserId is { } user
            ? await DescribeAsync(user, db, upstreams, ct)
            : new Me(null, new MyAccount(caller.AccountId, caller.AccountName, caller.Tier.ToString().ToLowerInvariant()), upstreams.Sandboxed));

    private static async Task<Me> DescribeAsync(Guid userId, GatewayDb db, UpstreamDirectory upstreams, CancellationToken ct)
    {
        var found = await (
                from user in db.Users
                where user.Id == userId
                join account in db.Accounts on user.AccountId equals account.Id
                select new { user, account })
            .AsNoTracking()
            .FirstAsync(ct);
        return new Me(
            new MyUser(found.user.Id, found.user.Name, found.user.Email, found.user.Role.ToString().ToLowerInvariant()),
            new MyAccount(found.account.Id, found.account.Name, found.account.Tier.ToString().ToLowerInvariant()),
            upstreams.Sandboxed);
    }

    internal sealed record SignInRequest(string? Token);

    /// <param name="User">Null for a key that belongs to no person.</param>
    /// <param name="Account">Who pays.</param>
    /// <param name="Sandbox">Providers whose answers are simulated because no key is configured.</param>
    internal sealed record Me(MyUser? User, MyAccount Account, IReadOnlyList<string> Sandbox);

    internal sealed record MyUser(Guid Id, string Name, string? Email, string Role);

    internal sealed record MyAccount(Guid Id, string Name, string Tier);
}
