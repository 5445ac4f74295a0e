using Microsoft.EntityFrameworkCore;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Keys;

namespace OpsCenter.Gateway.Accounts;

/// <summary>What a first start on a laptop needs: an admin, an account with some credit, a key, and a way in.</summary>
public static class DemoSeed
{
    private static readonly TimeSpan LinkLifetime = TimeSpan.FromHours(12);

    /// <summary>
    /// Makes the demo account on the first start and only a new sign-in link on later ones. The credit is granted once for
    /// ever, whatever happens in between: its ledger id is the account's.
    /// </summary>
    public static async Task<DemoAccess> SeedDemoAsync(
        this IServiceProvider services, string demoKey, NanoUsd startingCredit, CancellationToken ct)
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<GatewayDb>();
        var ring = scope.ServiceProvider.GetRequiredService<KeyRing>();
        var credits = scope.ServiceProvider.GetRequiredService<ICredits>();
        var now = scope.ServiceProvider.GetRequiredService<TimeProvider>().GetUtcNow();

        if (!ApiKeyText.TryParse(demoKey, out _))
            throw new ArgumentException("The demo key is not an OpsCenter key.", nameof(demoKey));
        var mac = ring.Mac(demoKey);
        var key = await db.Keys.FirstOrDefaultAsync(k => k.Mac == mac, ct);
        if (key is null)
        {
            var account = new Account { Name = "Demo", Tier = Tier.Enterprise, CreatedAt = now };
            db.Accounts.Add(account);
            db.Users.Add(new User { AccountId = account.Id, Name = "Admin", Role = Role.Admin, CreatedAt = now });
            key = ApiKey.Create(demoKey, ring, account.Id, "Demo key", now);
            db.Keys.Add(key);
            await db.SaveChangesAsync(ct);
        }

        var accountId = key.AccountId;
        await credits.ApplyAsync(new Post(accountId, accountId, PostKind.Grant, startingCredit, "Starting credit"), ct);

        var admin = await db.Users.FirstAsync(user => user.AccountId == accountId && user.Role == Role.Admin, ct);
        var token = Secret.Create();
        db.SignInTokens.Add(new SignInToken { SecretHash = Secret.Hash(token), UserId = admin.Id, ExpiresAt = now + LinkLifetime });
        await db.SaveChangesAsync(ct);
        return new DemoAccess(accountId, demoKey, token);
    }
}

/// <param name="AccountId">The demo account.</param>
/// <param name="ApiKey">Its key.</param>
/// <param name="SignInToken">For <c>/sign-in#token=…</c>; works once.</param>
public sealed record DemoAccess(Guid AccountId, string ApiKey, string SignInToken);
