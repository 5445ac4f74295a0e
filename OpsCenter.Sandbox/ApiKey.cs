namespace OpsCenter.Sandbox;

internal static class ApiKey
{
    private const string Bearer = "Bearer ";

    /// <summary>The key a client shows, in the header of OpenAI or of Anthropic. Any key opens.</summary>
    public static string? Of(HttpRequest request)
    {
        var authorization = request.Headers.Authorization.ToString();
        if (authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) && authorization.Length > Bearer.Length)
            return authorization[Bearer.Length..];
        return request.Headers["x-api-key"].ToString() is { Length: > 0 } key ? key : null;
    }
}
