using System.Net;
using OpsCenter.Contracts;

namespace OpsCenter.Gateway.Doors;

/// <summary>Plans and budgets over HTTP.</summary>
internal sealed class HttpPlans(IServiceProvider services) : IPlans, IBudgets
{
    public async Task<IReadOnlyList<Plan>> GetPlansAsync(CancellationToken ct)
    {
        using var response = await SendAsync(HttpMethod.Get, InternalPaths.Plans, null, ct);
        return (await ReadAsync<PlanList>(response, ct)).Data;
    }

    public async Task<Plan> SetPlanAsync(PlanTerms terms, CancellationToken ct)
    {
        using var response = await SendAsync(HttpMethod.Put, InternalPaths.Plans, JsonContent.Create(terms, options: ContractsJson.Strict), ct);
        return await ReadAsync<Plan>(response, ct);
    }

    public async Task<IReadOnlyList<BudgetState>> GetBudgetsAsync(Guid accountId, CancellationToken ct)
    {
        using var response = await SendAsync(HttpMethod.Get, Path(accountId), null, ct);
        return (await ReadAsync<BudgetList>(response, ct)).Data;
    }

    public async Task<bool> SetBudgetAsync(Guid accountId, BudgetLimit limit, CancellationToken ct)
    {
        using var response = await SendAsync(
            HttpMethod.Put, Path(accountId), JsonContent.Create(limit, options: ContractsJson.Strict), ct);
        return IsFound(response);
    }

    public async Task<bool> RemoveBudgetAsync(Guid accountId, BudgetScope scope, Guid scopeId, BudgetPeriod period, CancellationToken ct)
    {
        using var response = await SendAsync(
            HttpMethod.Delete, $"{Path(accountId)}?scope={scope}&scopeId={scopeId}&period={period}", null, ct);
        return IsFound(response);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken ct)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path) { Content = content };
            return await services.GetRequiredService<CreditsDoor>().Client.SendAsync(request, ct);
        }
        catch (HttpRequestException fault)
        {
            throw new CreditsUnavailableException($"Credits does not answer: {fault.Message}", fault);
        }
    }

    private static bool IsFound(HttpResponseMessage response) => response.StatusCode is not HttpStatusCode.NotFound
        && (response.IsSuccessStatusCode ? true : throw new CreditsUnavailableException($"Credits answered {(int)response.StatusCode}."));

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken ct)
    {
        if (!response.IsSuccessStatusCode)
            throw new CreditsUnavailableException($"Credits answered {(int)response.StatusCode}.");
        return await response.Content.ReadFromJsonAsync<T>(ContractsJson.Strict, ct)
            ?? throw new CreditsUnavailableException("Credits answered nothing.");
    }

    private static string Path(Guid accountId) =>
        InternalPaths.Budgets.Replace("{accountId:guid}", accountId.ToString(), StringComparison.Ordinal);
}
