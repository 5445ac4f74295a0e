using System.Buffers.Binary;
using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using OpsCenter.Gateway.Accounts;
using OpsCenter.Gateway.Chat;

namespace OpsCenter.Gateway.Keys;

/// <summary>
/// Keys in memory, for a few seconds each. An entry is immutable and says when it was read; nothing but a fresh read
/// replaces it, so a revoked key cannot be revived by anything that runs beside. A miss costs one query.
/// </summary>
internal sealed class KeyStore(KeyRing ring, IServiceScopeFactory scopes, TimeProvider time)
{
    /// <summary>The hard bound on how long a revoked key may still work when nothing announces its revocation.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    /// <summary>Unknown keys are remembered too, shortly, so that a flood of them does not reach the database.</summary>
    private static readonly TimeSpan FreshUnknown = TimeSpan.FromSeconds(2);

    private const int Capacity = 100_000;

    private readonly ConcurrentDictionary<Mac256, Entry> _entries = new();

    public async ValueTask<KeyLookup> FindAsync(string shown, CancellationToken ct)
    {
        if (!ApiKeyText.TryParse(shown, out var problem))
            return new KeyLookup(null, OpenAiError.MalformedKey(problem));

        var bytes = ring.Mac(shown);
        var mac = new Mac256(bytes);
        var now = time.GetUtcNow();
        if (!_entries.TryGetValue(mac, out var entry) || now - entry.ReadAt > (entry.Caller is null ? FreshUnknown : Fresh))
            entry = await ReadAsync(mac, bytes, now, ct);

        if (entry.Caller is null)
            return new KeyLookup(null, OpenAiError.WrongKey);
        if (entry.RevokedAt is not null)
            return new KeyLookup(null, OpenAiError.RevokedKey);
        return entry.ExpiresAt <= now ? new KeyLookup(null, OpenAiError.ExpiredKey) : new KeyLookup(entry.Caller, null);
    }

    /// <summary>Drops what is known, so that the next use reads again.</summary>
    public void Forget() => _entries.Clear();

    private async Task<Entry> ReadAsync(Mac256 mac, byte[] bytes, DateTimeOffset now, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<GatewayDb>();
        var entry = await (
                from key in db.Keys
                where key.Mac == bytes
                join account in db.Accounts on key.AccountId equals account.Id
                select new Entry(
                    new Caller(account.Id, account.Name, account.Tier, key.Id, null, Role.Member), key.ExpiresAt, key.RevokedAt, now))
            .AsNoTracking()
            .FirstOrDefaultAsync(ct)
            ?? new Entry(null, null, null, now);
        if (_entries.Count >= Capacity)
            _entries.Clear();
        _entries[mac] = entry;
        return entry;
    }

    private sealed record Entry(Caller? Caller, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt, DateTimeOffset ReadAt);

    /// <summary>A 256-bit MAC as a dictionary key without an array behind it.</summary>
    private readonly record struct Mac256(ulong A, ulong B, ulong C, ulong D)
    {
        public Mac256(ReadOnlySpan<byte> mac)
            : this(
                BinaryPrimitives.ReadUInt64LittleEndian(mac),
                BinaryPrimitives.ReadUInt64LittleEndian(mac[8..]),
                BinaryPrimitives.ReadUInt64LittleEndian(mac[16..]),
                BinaryPrimitives.ReadUInt64LittleEndian(mac[24..]))
        {
        }
    }
}

/// <summary>Either a caller or what to tell them.</summary>
internal readonly record struct KeyLookup(Caller? Caller, OpenAiError? Problem);
