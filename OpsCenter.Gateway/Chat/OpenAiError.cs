using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using OpsCenter.Contracts;

namespace OpsCenter.Gateway.Chat;

/// <summary>
/// An expected refusal, in words for the caller. On the wire it is an RFC 9457 problem that carries OpenAI's
/// <c>error {message, type, param, code}</c>, so that both kinds of client understand it.
/// </summary>
internal sealed record OpenAiError(int Status, string Code, string Type, string Message, string? Param = null)
{
    private const string InvalidRequest = "invalid_request_error";
    private const string Authentication = "authentication_error";
    private const string Server = "server_error";

    /// <summary>Further members of the problem, such as <c>needed</c> or <c>did_you_mean</c>.</summary>
    public IReadOnlyDictionary<string, object?>? More { get; init; }

    /// <summary>Sent as <c>Retry-After</c>; SDKs hammer a 429 or 503 that does not say when to come back.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static OpenAiError MissingKey { get; } = new(
        401, "invalid_api_key", Authentication, "No API key. Send Authorization: Bearer sk-oc-…. Create one in the console.");

    public static OpenAiError WrongKey { get; } = new(
        401, "invalid_api_key", Authentication, "This API key does not exist here. Create one in the console.");

    public static OpenAiError RevokedKey { get; } = new(
        401, "invalid_api_key", Authentication, "This API key was revoked. Create another in the console.");

    public static OpenAiError ExpiredKey { get; } = new(
        401, "expired_api_key", Authentication, "This API key has expired. Create another in the console.");

    public static OpenAiError SessionEnded { get; } = new(
        401, "session_ended", Authentication, "You are signed out. Sign in again.");

    public static OpenAiError SignInLinkSpent { get; } = new(
        401, "sign_in_link_spent", Authentication, "This sign-in link was used already or is too old. Start OpsCenter again for a new one.");

    public static OpenAiError CrossSite { get; } = new(
        403, "cross_site_request", "permission_error", $"A browser session may change things only from the console: the {Accounts.CallerAuthentication.CsrfHeader} header is missing.");

    public static OpenAiError UnknownUrl(HttpRequest request) => new(
        404, "unknown_url", InvalidRequest, $"There is nothing at {request.Method} {request.Path}.");

    public static OpenAiError MalformedKey(string problem) => new(401, "invalid_api_key", Authentication, problem);

    public static OpenAiError Invalid(string message, string? param = null, string code = "invalid_request") =>
        new(400, code, InvalidRequest, message, param);

    public static OpenAiError TooLarge(long limit) => new(
        413, "request_too_large", InvalidRequest, string.Create(CultureInfo.InvariantCulture, $"The request body is larger than {limit / (1024 * 1024)} MiB."));

    public static OpenAiError UnsupportedEncoding(string encoding) => new(
        415, "unsupported_encoding", InvalidRequest, $"Content-Encoding '{encoding}' is not accepted. Send the JSON uncompressed.");

    public static OpenAiError InsufficientCredits(NanoUsd needed, NanoUsd available) => new(
        402,
        "insufficient_credits",
        "insufficient_quota",
        $"This request may cost up to ${needed}; the account has ${available} available. Add credits, or ask for fewer tokens with max_tokens.")
    {
        More = new Dictionary<string, object?>
        {
            ["needed"] = needed.ToString(),
            ["available"] = available.ToString(),
        },
    };

    public static OpenAiError NotInPlan(Tier tier) => new(
        403, "model_not_allowed", "permission_error", $"The {tier.ToString().ToLowerInvariant()} plan does not include this model.", "model");

    public static OpenAiError BudgetExceeded(string? scope, NanoUsd needed) => scope is "open holds" ? TooManyAtOnce : new(
        402, "budget_exceeded", "insufficient_quota", $"The budget{(scope is null ? "" : $" of {scope}")} does not cover this request, which may cost up to ${needed}.");

    /// <summary>More requests hold credit than the plan lets run; they end by themselves.</summary>
    private static OpenAiError TooManyAtOnce { get; } = new(
        429, "rate_limit_exceeded", "rate_limit_error", "More requests of this account are running than its plan allows. Try again when one has ended.")
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    public static OpenAiError AccountFrozen { get; } = new(
        403, "account_frozen", "permission_error", "This account is frozen. Ask the operator.");

    public static OpenAiError BillingUnavailable { get; } = new(
        503, "billing_unavailable", Server, "Credits cannot be reserved at the moment, so nothing was sent. Try again.")
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    public static OpenAiError StartingUp { get; } = new(
        503, "starting", Server, "The model catalogue is not loaded yet. Try again.")
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    /// <summary>Writes the refusal in the dialect of the endpoint.</summary>
    public async Task WriteAsync(HttpContext http)
    {
        http.Response.StatusCode = Status;
        if (RetryAfter is { } wait)
        {
            http.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            http.Response.Headers["retry-after-ms"] = ((long)wait.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        }

        if (http.GetEndpoint()?.Metadata.GetMetadata<IErrorShape>() is { } shape)
            await shape.WriteAsync(http, this);
        else
            await ToResult().ExecuteAsync(http);
    }

    public ProblemHttpResult ToResult()
    {
        var extensions = new Dictionary<string, object?>
        {
            ["error"] = new { message = Message, type = Type, param = Param, code = Code },
        };
        foreach (var (name, value) in More ?? new Dictionary<string, object?>())
            extensions[name] = value;
        return TypedResults.Problem(Message, statusCode: Status, title: Title(), type: $"/errors/{Code}", extensions: extensions);
    }

    /// <summary>The same refusal inside a stream that has begun: one <c>data:</c> event, after which the connection breaks.</summary>
    public void WriteEvent(IBufferWriter<byte> output)
    {
        output.Write("data: "u8);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteString("message", Message);
            json.WriteString("type", Type);
            json.WriteString("param", Param);
            json.WriteString("code", Code);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        output.Write("\n\n"u8);
    }

    private string Title()
    {
        var words = Code.Replace('_', ' ');
        return char.ToUpperInvariant(words[0]) + words[1..];
    }
}
