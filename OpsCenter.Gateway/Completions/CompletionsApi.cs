using OpsCenter.Gateway.Accounts;
using OpsCenter.Gateway.Chat;

namespace OpsCenter.Gateway.Completions;

internal static class CompletionsApi
{
    private static readonly CompletionsFace Face = new();

    public static void MapCompletions(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/completions", (HttpContext http, ChatCompletions chat) => chat.HandleAsync(http, Face))
            .WithTags("Completions")
            .RequireAuthorization(CallerAuthentication.Policy);
}
