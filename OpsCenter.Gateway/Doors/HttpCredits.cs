using System.Net;
using System.Threading.Channels;
using OpsCenter.Contracts;

namespace OpsCenter.Gateway.Doors;

/// <summary>
/// The ledger over HTTP. Commands that arrive while a call is under way travel together in the next, so that a busy gateway
/// makes few calls and an idle one waits for nobody.
/// </summary>
internal sealed class HttpCredits : ICredits, IAsyncDisposable
{
    private const int Capacity = 8192;
    private const int MaxBatch = 512;

    /// <summary>Calls under way at once.</summary>
    private const int Lanes = 4;

    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(10);

    private readonly IServiceProvider _services;
    private readonly Channel<Pending> _queue = Channel.CreateBounded<Pending>(Capacity);
    private readonly Task[] _lanes;

    public HttpCredits(IServiceProvider services)
    {
        _services = services;
        _lanes = [.. Enumerable.Range(0, Lanes).Select(_ => Task.Run(RunAsync))];
    }

    public async Task<LedgerReply> ApplyAsync(LedgerCommand command, CancellationToken ct)
    {
        var pending = new Pending(command, new TaskCompletionSource<LedgerReply>(TaskCreationOptions.RunContinuationsAsynchronously));
        if (!_queue.Writer.TryWrite(pending))
            throw new CreditsUnavailableException("Too many ledger commands are waiting.");
        return await pending.Reply.Task.WaitAsync(ct);
    }

    public async Task<Balance?> GetBalanceAsync(Guid accountId, CancellationToken ct)
    {
        var path = InternalPaths.Balance.Replace("{accountId:guid}", accountId.ToString(), StringComparison.Ordinal);
        using var response = await GetAsync(path, ct);
        return response.StatusCode is HttpStatusCode.NotFound ? null : await ReadAsync<Balance>(response, ct);
    }

    public async Task<TransactionPage> GetTransactionsAsync(Guid accountId, long? after, int limit, CancellationToken ct)
    {
        var path = InternalPaths.Transactions.Replace("{accountId:guid}", accountId.ToString(), StringComparison.Ordinal);
        using var response = await GetAsync($"{path}?limit={limit}{(after is null ? "" : $"&after={after}")}", ct);
        return await ReadAsync<TransactionPage>(response, ct);
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await Task.WhenAll(_lanes);
    }

    private async Task RunAsync()
    {
        var batch = new List<Pending>(MaxBatch);
        while (await _queue.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < MaxBatch && _queue.Reader.TryRead(out var pending))
                batch.Add(pending);
            if (batch.Count > 0)
                await SendAsync(batch);
        }
    }

    private async Task SendAsync(List<Pending> batch)
    {
        try
        {
            using var limit = new CancellationTokenSource(CallLimit);
            using var response = await Door.Client.PostAsJsonAsync(
                InternalPaths.Ledger, new LedgerBatch([.. batch.Select(pending => pending.Command)]), ContractsJson.Strict, limit.Token);
            var replies = (await ReadAsync<LedgerReplies>(response, limit.Token)).Replies;
            for (var i = 0; i < batch.Count; i++)
                batch[i].Reply.TrySetResult(replies[i]);
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException or System.Text.Json.JsonException or CreditsUnavailableException)
        {
            var unavailable = fault as CreditsUnavailableException ?? new CreditsUnavailableException($"Credits does not answer: {fault.Message}", fault);
            batch.ForEach(pending => pending.Reply.TrySetException(unavailable));
        }
    }

    private async Task<HttpResponseMessage> GetAsync(string path, CancellationToken ct)
    {
        try
        {
            return await Door.Client.GetAsync(path, ct);
        }
        catch (HttpRequestException fault)
        {
            throw new CreditsUnavailableException($"Credits does not answer: {fault.Message}", fault);
        }
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken ct)
    {
        if (!response.IsSuccessStatusCode)
            throw new CreditsUnavailableException($"Credits answered {(int)response.StatusCode}.");
        return await response.Content.ReadFromJsonAsync<T>(ContractsJson.Strict, ct)
            ?? throw new CreditsUnavailableException("Credits answered nothing.");
    }

    private CreditsDoor Door => _services.GetRequiredService<CreditsDoor>();

    private sealed record Pending(LedgerCommand Command, TaskCompletionSource<LedgerReply> Reply);
}

/// <summary>The client that knocks at Credits; taken anew for each call, so that its connections follow service discovery.</summary>
internal sealed class CreditsDoor(HttpClient client)
{
    public HttpClient Client { get; } = client;
}
