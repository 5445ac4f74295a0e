using OpsCenter.Gateway.Accounts;
using OpsCenter.Gateway.Chat;

namespace OpsCenter.Gateway.Embeddings;

/// <summary>Vectors for texts, routed, held and billed as a chat is.</summary>
internal static class EmbeddingsApi
{
    private static readonly string[] Paths = ["/v1/embeddings", "/api/v1/llm/embeddings"];
    private static readonly EmbeddingsFace Face = new();

    public static void MapEmbeddings(this IEndpointRouteBuilder routes)
    {
        foreach (var path in Paths)
        {
            routes.MapPost(path, (HttpContext http, ChatCompletions chat) => chat.HandleAsync(http, Face))
                .WithTags("Embeddings")
                .RequireAuthorization(CallerAuthentication.Policy);
        }
    }
}
