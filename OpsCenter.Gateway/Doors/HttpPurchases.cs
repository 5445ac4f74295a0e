using System.Net;
using System.Text.Json;
using OpsCenter.Contracts;

namespace OpsCenter.Gateway.Doors;

/// <summary>The purchases over HTTP: each call is one call.</summary>
internal sealed class HttpPurchases(IServiceProvider services) : IPurchases
{
    public Task<PackageList> GetPackagesAsync(CancellationToken ct) =>
        AskAsync(client => client.GetAsync(PurchasePaths.Packages, ct), ReadAsync<PackageList>, ct);

    public Task<BuyReply> BuyAsync(BuyRequest request, CancellationToken ct) =>
        AskAsync(client => client.PostAsJsonAsync(PurchasePaths.Purchases, request, ContractsJson.Strict, ct), ReadAsync<BuyReply>, ct);

    public Task<Purchase?> GetAsync(Guid accountId, Guid purchaseId, CancellationToken ct)
    {
        var path = PurchasePaths.Purchase
            .Replace("{accountId:guid}", accountId.ToString(), StringComparison.Ordinal)
            .Replace("{purchaseId:guid}", purchaseId.ToString(), StringComparison.Ordinal);
        return AskAsync<Purchase?>(
            client => client.GetAsync(path, ct),
            async (response, token) => response.StatusCode is HttpStatusCode.NotFound ? null : await ReadAsync<Purchase>(response, token),
            ct);
    }

    public Task<WebhookReply> ReceiveAsync(WebhookDelivery delivery, CancellationToken ct) =>
        AskAsync(client => client.PostAsJsonAsync(PurchasePaths.Webhook, delivery, ContractsJson.Strict, ct), ReadAsync<WebhookReply>, ct);

    private async Task<T> AskAsync<T>(
        Func<HttpClient, Task<HttpResponseMessage>> call, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken ct)
    {
        try
        {
            using var response = await call(services.GetRequiredService<CreditsDoor>().Client);
            return await read(response, ct);
        }
        catch (Exception fault) when (fault is HttpRequestException or JsonException || (fault is OperationCanceledException && !ct.IsCancellationRequested))
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
}
