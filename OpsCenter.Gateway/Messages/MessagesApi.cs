using Microsoft.Extensions.Options;
using OpsCenter.Gateway.Accounts;
using OpsCenter.Gateway.Chat;
using OpsCenter.Routing.Analysis;

namespace OpsCenter.Gateway.Messages;

/// <summary>Anthropic's two paths.</summary>
internal static class MessagesApi
{
    private static readonly MessagesFace Face = new();

    public static void MapMessages(this IEndpointRouteBuilder routes)
    {
        var messages = routes.MapGroup("/v1/messages")
            .WithTags("Messages")
            .WithMetadata(Face)
            .RequireAuthorization(CallerAuthentication.Policy);
        messages.MapPost("", AnswerAsync);
        messages.MapPost("/count_tokens", CountAsync);
    }

    private static Task AnswerAsync(HttpContext http, ChatCompletions chat, TimeProvider time)
    {
        http.Response.Headers["request-id"] = ChatRun.Identify(http, time).ToString();
        return chat.HandleAsync(http, Face);
    }

    private static async Task CountAsync(HttpContext http, IOptions<ChatOptions> options, TimeProvider time)
    {
        http.Response.Headers["request-id"] = ChatRun.Identify(http, time).ToString();
        var (body, unreadable) = await ChatBody.ReadAsync(http.Request, options.Value.MaxBodyMiB * 1024 * 1024, http.RequestAborted);
        if (body is null)
        {
            await unreadable!.WriteAsync(http);
            return;
        }

        using (body)
        {
            ChatRequest request;
            try
            {
                request = MessagesFace.Read(body.Json, needsLimit: false);
            }
            catch (ChatRequestException fault)
            {
                await OpenAiError.Invalid(fault.Message, fault.Param, fault.Code).WriteAsync(http);
                return;
            }

            http.Response.Headers["X-Token-Count"] = "estimate";
            await http.Response.WriteAsJsonAsync(new TokenCount(request.Facts.EstimatedInputTokens), http.RequestAborted);
        }
    }

    private sealed record TokenCount(int InputTokens);
}
