using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace OpsCenter.ServiceDefaults;

/// <summary>
/// Every error is an RFC 9457 problem that OpenAI clients can read too: beside title, status and detail it carries
/// <c>error {message, type, param, code}</c>, the shape those clients look for.
/// </summary>
public static class Problems
{
    public const string RequestIdItem = "opscenter.request_id";

    internal static void AddProblems(this IHostApplicationBuilder builder)
    {
        builder.Services.AddProblemDetails(options => options.CustomizeProblemDetails = context =>
            Complete(context.HttpContext, context.ProblemDetails));
        // The default would answer 500 to a request that Kestrel itself found malformed.
        builder.Services.Configure<Microsoft.AspNetCore.Builder.ExceptionHandlerOptions>(options =>
            options.StatusCodeSelector = exception => exception is BadHttpRequestException bad
                ? bad.StatusCode
                : StatusCodes.Status500InternalServerError);
    }

    private static void Complete(HttpContext http, ProblemDetails problem)
    {
        var status = problem.Status ?? http.Response.StatusCode;
        problem.Extensions["requestId"] = http.Items[RequestIdItem] as string ?? http.TraceIdentifier;
        if (problem.Extensions.ContainsKey("error"))
            return;

        var (type, code) = Classify(status);
        problem.Detail ??= Explain(http, status);
        problem.Extensions["error"] = new
        {
            message = problem.Detail ?? problem.Title,
            type,
            param = (string?)null,
            code,
        };
    }

    private static string? Explain(HttpContext http, int status) => status switch
    {
        StatusCodes.Status404NotFound => $"There is nothing at {http.Request.Method} {http.Request.Path}.",
        StatusCodes.Status405MethodNotAllowed => $"{http.Request.Path} does not accept {http.Request.Method}.",
        _ => null,
    };

    /// <summary>The OpenAI error type and a code for a bare status.</summary>
    public static (string Type, string Code) Classify(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => ("authentication_error", "invalid_api_key"),
        StatusCodes.Status402PaymentRequired => ("insufficient_quota", "insufficient_credits"),
        StatusCodes.Status403Forbidden => ("permission_error", "forbidden"),
        StatusCodes.Status404NotFound => ("invalid_request_error", "unknown_url"),
        StatusCodes.Status409Conflict => ("conflict", "conflict"),
        StatusCodes.Status413PayloadTooLarge => ("invalid_request_error", "request_too_large"),
        StatusCodes.Status429TooManyRequests => ("rate_limit_error", "rate_limit_exceeded"),
        >= 500 => ("server_error", "internal_error"),
        _ => ("invalid_request_error", "invalid_request"),
    };
}
