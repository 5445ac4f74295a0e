using OpsCenter.Gateway.Accounts;
using OpsCenter.Gateway.Chat;

namespace OpsCenter.Gateway.Responses;

internal static class ResponsesApi
{
    private static readonly ResponsesFace Face = new();

    public static void MapResponses(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/responses", (HttpContext http, ChatCompletions chat) => chat.HandleAsync(http, Face))
            .WithTags("Responses")
            .RequireAuthorization(CallerAuthentication.Policy);
}
