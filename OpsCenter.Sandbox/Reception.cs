using System.Buffers;
using System.Globalization;
using System.Text.Json;
using OpsCenter.Sandbox.Wire;

namespace OpsCenter.Sandbox;

/// <summary>A request at a provider's door.</summary>
internal sealed record Visit(HttpContext Http, Provider Provider, IWire Wire, Call Call, string Id)
{
    public string RequestId => Provider.RequestIdPrefix + Id;

    public CancellationToken Leaves => Http.RequestAborted;
}

/// <summary>What stands between a request and an answer: keys, forms, models, and the faults that refuse.</summary>
internal sealed class Reception(Faults faults, SandboxLog log, TimeProvider time)
{
    private const string UnknownModel = "no-such";

    /// <summary>Sees that whatever happens at a provider's door is in the log, with how it ended.</summary>
    public async Task ServeAsync(HttpContext http, Provider provider, IWire wire, Func<Visit, Task> serve)
    {
        var call = log.Open(http, provider.Name);
        var visit = new Visit(http, provider, wire, call, Guid.CreateVersion7(call.At).ToString("n"));
        try
        {
            if (provider.NeedsKey && ApiKey.Of(http.Request) is null)
                await RefuseAsync(visit, Refusal.Of(provider, Trouble.MissingKey));
            else
                await serve(visit);
        }
        catch (Exception fault) when (fault is OperationCanceledException or IOException && http.RequestAborted.IsCancellationRequested)
        {
            call.HungUp = true;
        }
        finally
        {
            call.End(http.Response.StatusCode);
        }
    }

    /// <summary>The body, or null when the visitor was sent away.</summary>
    public static async Task<JsonDocument?> OpenAsync(Visit visit)
    {
        var provider = visit.Provider;
        if (provider.RequiredHeader is { } header && !visit.Http.Request.Headers.ContainsKey(header))
        {
            await RefuseAsync(visit, Refusal.Of(provider, Trouble.InvalidRequest, message: $"{header}: header is required"));
            return null;
        }

        try
        {
            return await JsonDocument.ParseAsync(visit.Http.Request.Body, cancellationToken: visit.Leaves);
        }
        catch (JsonException)
        {
            await RefuseAsync(visit, Refusal.Of(provider, Trouble.InvalidJson));
            return null;
        }
    }

    /// <summary>What the reader finds in the body, or null when the visitor was sent away.</summary>
    public static async Task<T?> ReadAsync<T>(Visit visit, JsonDocument body, Func<JsonElement, T> read)
        where T : class
    {
        string problem;
        try
        {
            return read(body.RootElement);
        }
        catch (KeyNotFoundException)
        {
            problem = "A required field is missing.";
        }
        catch (Exception fault) when (fault is InvalidOperationException or FormatException)
        {
            problem = "A field has the wrong type.";
        }

        await RefuseAsync(visit, Refusal.Of(visit.Provider, Trouble.InvalidRequest, message: problem));
        return null;
    }

    /// <summary>False when the visitor was sent away. A fault that strikes later comes along.</summary>
    public async Task<(bool IsAdmitted, Fault? Fault)> AdmitAsync(Visit visit, string model, string question, int promptTokens)
    {
        visit.Call.Model = model;
        var marker = Fault.Marker(model) ?? Fault.Marker(question);
        var fault = marker is null ? faults.Take(visit.Provider.Name) : Fault.Parse(marker);
        if (marker is not null && fault is null)
        {
            await RefuseAsync(visit, Refusal.Of(visit.Provider, Trouble.InvalidRequest, message: $"The Sandbox knows no fault \"{marker}\"."));
            return (false, null);
        }

        visit.Call.Fault = fault?.Name;
        if (model.Contains(UnknownModel, StringComparison.OrdinalIgnoreCase))
        {
            await RefuseAsync(visit, Refusal.Of(visit.Provider, Trouble.ModelNotFound, model));
            return (false, fault);
        }

        switch (fault?.Kind)
        {
            case FaultKind.Refusal:
                await RefuseAsync(visit, Refusal.Of(visit.Provider, fault.Trouble!.Value, model, promptTokens), fault.Number);
                return (false, fault);
            case FaultKind.HtmlError:
                await ShowProxyErrorAsync(visit);
                return (false, fault);
            case FaultKind.StallBeforeHeaders:
                await Task.Delay(Timeout.InfiniteTimeSpan, time, visit.Leaves);
                return (false, fault);
            default:
                return (true, fault);
        }
    }

    public static async Task RefuseAsync(Visit visit, Refusal refusal, int? retryAfter = null)
    {
        var response = visit.Http.Response;
        response.StatusCode = refusal.Status;
        WriteHeaders(visit, refusal, retryAfter);
        await SendJsonAsync(visit, json => visit.Wire.WriteError(json, refusal, visit.RequestId));
    }

    public static async Task SendJsonAsync(Visit visit, Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body, SandboxJson.Writing))
            write(json);
        visit.Http.Response.ContentType = "application/json";
        visit.Http.Response.ContentLength = body.WrittenCount;
        await visit.Http.Response.Body.WriteAsync(body.WrittenMemory, visit.Leaves);
    }

    public static void WriteHeaders(Visit visit, Refusal? refusal = null, int? retryAfter = null)
    {
        var headers = visit.Http.Response.Headers;
        if (visit.Provider.RequestIdHeader is { } name)
            headers[name] = visit.RequestId;
        if (retryAfter is { } seconds)
            headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);

        var isLimited = refusal?.Trouble is Trouble.RateLimited;
        var reset = isLimited ? $"{retryAfter ?? 1}s" : "6ms";
        switch (visit.Provider.RateLimits)
        {
            case RateLimitHeaders.OpenAi:
                headers["x-ratelimit-limit-requests"] = "10000";
                headers["x-ratelimit-limit-tokens"] = "200000";
                headers["x-ratelimit-remaining-requests"] = isLimited ? "0" : "9999";
                headers["x-ratelimit-remaining-tokens"] = isLimited ? "0" : "199950";
                headers["x-ratelimit-reset-requests"] = reset;
                headers["x-ratelimit-reset-tokens"] = reset;
                break;
            case RateLimitHeaders.Together:
                headers["x-ratelimit-limit"] = "10";
                headers["x-ratelimit-remaining"] = isLimited ? "0" : "9";
                headers["x-ratelimit-reset"] = (retryAfter ?? 1).ToString(CultureInfo.InvariantCulture);
                break;
            case RateLimitHeaders.Anthropic:
                headers["anthropic-ratelimit-requests-limit"] = "4000";
                headers["anthropic-ratelimit-requests-remaining"] = isLimited ? "0" : "3999";
                headers["anthropic-ratelimit-requests-reset"] = visit.Call.At.AddSeconds(retryAfter ?? 1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
                break;
        }
    }

    /// <summary>What a proxy in front of a provider says when nothing stands behind it.</summary>
    private static async Task ShowProxyErrorAsync(Visit visit)
    {
        visit.Http.Response.StatusCode = StatusCodes.Status502BadGateway;
        visit.Http.Response.ContentType = "text/html";
        await visit.Http.Response.WriteAsync(
            "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n",
            visit.Leaves);
    }
}
