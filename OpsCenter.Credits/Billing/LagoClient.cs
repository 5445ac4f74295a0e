using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace OpsCenter.Credits.Billing;

/// <summary>The two calls of Lago's API that the dispatcher makes.</summary>
internal sealed class LagoClient(HttpClient http, IOptions<LagoOptions> options)
{
    private const string AlreadyThere = "value_already_exist";

    private readonly LagoOptions _options = options.Value;

    /// <summary>Whether the billable metric exists. Lago takes an event for one that does not, and forgets it.</summary>
    public async Task<bool> KnowsMetricAsync(CancellationToken ct)
    {
        using var response = await SendAsync(HttpMethod.Get, $"billable_metrics/{Uri.EscapeDataString(_options.MetricCode)}", null, ct);
        if (response.StatusCode is HttpStatusCode.NotFound)
            return false;
        response.EnsureSuccessStatusCode();
        return true;
    }

    /// <summary>
    /// Sends up to a hundred events. Lago takes all or none: for a batch it refuses it says which, and why. What it has
    /// already is as good as delivered.
    /// </summary>
    /// <exception cref="HttpRequestException">Nobody knows what became of them; they may be sent again.</exception>
    public async Task<LagoVerdict> SendAsync(IReadOnlyList<string> events, CancellationToken ct)
    {
        var code = JsonSerializer.Serialize(_options.MetricCode, LagoJson.Default.String);
        var body = $"{{\"events\":[{string.Join(',', events.Select(payload => $"{{\"code\":{code},{payload.AsSpan(1)}"))}]}}";
        using var response = await SendAsync(HttpMethod.Post, "events/batch", body, ct);
        if (response.IsSuccessStatusCode)
            return LagoVerdict.Taken;
        if (response.StatusCode is not HttpStatusCode.UnprocessableEntity)
            response.EnsureSuccessStatusCode();

        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(ct));
        var (there, refused) = (new HashSet<int>(), new Dictionary<int, string>());
        if (answer.RootElement.TryGetProperty("error_details", out var details) && details.ValueKind is JsonValueKind.Object)
        {
            foreach (var detail in details.EnumerateObject())
            {
                if (!int.TryParse(detail.Name, out var index))
                    continue;
                if (detail.Value.GetRawText().Contains(AlreadyThere, StringComparison.Ordinal))
                    there.Add(index);
                else
                    refused[index] = detail.Value.GetRawText();
            }
        }

        return there.Count + refused.Count > 0
            ? new LagoVerdict(there, refused)
            : throw new HttpRequestException($"Lago refused a batch without saying which event: {answer.RootElement.GetRawText()}");
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? json, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, new Uri($"{_options.Url!.ToString().TrimEnd('/')}/{path}"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _options.ApiKey);
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        return await http.SendAsync(request, ct);
    }
}

/// <param name="There">Indexes that Lago had before.</param>
/// <param name="Refused">Indexes that it will never take, with its words.</param>
internal sealed record LagoVerdict(IReadOnlySet<int> There, IReadOnlyDictionary<int, string> Refused)
{
    public static LagoVerdict Taken { get; } = new(new HashSet<int>(), new Dictionary<int, string>());

    public bool IsTaken => There.Count == 0 && Refused.Count == 0;
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class LagoJson : System.Text.Json.Serialization.JsonSerializerContext;
