using Microsoft.Extensions.Options;
using OpsCenter.Gateway.Accounts;

namespace OpsCenter.Gateway.Chat;

internal static class ChatModule
{
    private static readonly string[] Paths = ["/v1/chat/completions", "/api/v1/llm/chat/completions", "/chat/completions"];
    private static readonly OpenAiFace Face = new();

    public static void AddChat(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<ChatOptions>().BindConfiguration(ChatOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<ChatOptions>, ChatOptionsValidator>();
        builder.Services.AddSingleton<ChatCompletions>();
        builder.Services.AddSingleton<SettlementQueue>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<SettlementQueue>());
        builder.Services.AddSingleton<LeaseKeeper>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<LeaseKeeper>());
    }

    public static void MapChat(this IEndpointRouteBuilder routes)
    {
        foreach (var path in Paths)
        {
            routes.MapPost(path, (HttpContext http, ChatCompletions chat) => chat.HandleAsync(http, Face))
                .WithTags("Chat")
                .RequireAuthorization(CallerAuthentication.Policy);
        }
    }
}
