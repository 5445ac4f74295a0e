using OpsCenter.Gateway.Upstreams;

namespace OpsCenter.Gateway.Chat;

/// <summary>What the caller is told when providers fail.</summary>
internal static class Failures
{
    private static readonly TimeSpan DefaultRetry = TimeSpan.FromSeconds(5);

    /// <summary>No candidate answered: what each of them said, and a status that stands for them.</summary>
    public static OpenAiError Of(IReadOnlyList<Attempt> attempts)
    {
        var failures = attempts.Select(attempt => attempt.Failure!).ToList();
        var last = failures[^1];
        if (last.Kind is FailureKind.BadRequest)
            return OpenAiError.Invalid($"{attempts[^1].Label} refused the request: {last.Message}");
        if (failures.TrueForAll(failure => failure.Kind is FailureKind.ContextTooLong))
            return OpenAiError.Invalid($"The prompt is longer than the model's window. {attempts[^1].Label}: {last.Message}", "messages", "context_length_exceeded");

        var words = string.Join(" ", attempts.Select(attempt => $"{attempt.Label}: {attempt.Failure!.Message} ({attempt.Failure.Short})."));
        if (failures.TrueForAll(failure => failure.Kind is FailureKind.RateLimited))
        {
            var wait = failures.Select(failure => failure.RetryAfter ?? DefaultRetry).Min();
            return new OpenAiError(429, "rate_limit_exceeded", "rate_limit_error", $"Every provider of this route is limiting requests. {words}") { RetryAfter = wait };
        }

        var (status, code) = failures switch
        {
            _ when failures.TrueForAll(failure => failure.Kind is FailureKind.Silent) => (504, "upstream_timeout"),
            _ when failures.TrueForAll(failure => failure.Kind is FailureKind.Unreachable or FailureKind.Overloaded) => (503, "no_provider_available"),
            _ => (502, "upstream_error"),
        };
        return new OpenAiError(status, code, "server_error", $"No provider answered. {words}")
        {
            RetryAfter = failures.Select(failure => failure.RetryAfter).Min() ?? DefaultRetry,
        };
    }

    /// <summary>The provider failed after its first byte; another cannot go on in its place.</summary>
    public static OpenAiError InStream(UpstreamFailure failure, UpstreamAnswer answer) => new(
        failure.StatusOrNearest,
        failure.Kind is FailureKind.Silent ? "upstream_timeout" : "upstream_error",
        "server_error",
        $"{answer.Upstream.Label}: {failure.Message}");
}
