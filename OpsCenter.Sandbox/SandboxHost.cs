using System.Text.Json;
using Microsoft.Extensions.Options;
using OpsCenter.Sandbox.Stripe;
using OpsCenter.Sandbox.Wire;

namespace OpsCenter.Sandbox;

/// <summary>The service as a module, so that its own host and Standalone compose the same thing.</summary>
public static class SandboxHost
{
    public static IHostApplicationBuilder AddSandbox(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<SandboxOptions>().BindConfiguration(SandboxOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<SandboxOptions>, SandboxOptionsValidator>();
        builder.Services.AddSingleton<Faults>();
        builder.Services.AddSingleton<SandboxLog>();
        builder.Services.AddSingleton<PromptCache>();
        builder.Services.AddSingleton<Reception>();
        builder.Services.AddSingleton<Chat>();
        builder.Services.AddSingleton<Embeddings>();
        builder.Services.AddSingleton<Lago>();
        builder.AddStripe();
        return builder;
    }

    public static IEndpointRouteBuilder MapSandbox(this IEndpointRouteBuilder routes)
    {
        // The played providers judge keys themselves; ours are none of their business.
        var sandbox = routes.MapGroup("/sandbox").AllowAnonymous().ExcludeFromDescription();
        foreach (var provider in Providers.Compatible)
            MapCompatible(sandbox.MapGroup($"/{provider.Name}"), provider);
        MapOllama(sandbox.MapGroup($"/{Providers.Ollama.Name}/api"));
        MapAnthropic(sandbox.MapGroup($"/{Providers.Anthropic.Name}/v1"));
        Lago.Map(sandbox.MapGroup("/lago/api/v1"));
        sandbox.MapFaults();
        sandbox.MapLog();
        sandbox.MapStripe();
        return routes;
    }

    private static void MapCompatible(RouteGroupBuilder group, Provider provider)
    {
        var wire = new OpenAiWire(provider);
        group.MapPost("/v1/chat/completions", (HttpContext http, Reception reception, Chat chat) =>
            reception.ServeAsync(http, provider, wire, chat.AnswerAsync));
        group.MapPost("/v1/embeddings", (HttpContext http, Reception reception, Embeddings embeddings) =>
            reception.ServeAsync(http, provider, wire, embeddings.AnswerAsync));
        MapList(group, "/v1/models", provider, wire, ModelLists.WriteCompatible);
    }

    private static void MapOllama(RouteGroupBuilder group)
    {
        var wire = new OllamaWire();
        group.MapPost("/chat", (HttpContext http, Reception reception, Chat chat) =>
            reception.ServeAsync(http, Providers.Ollama, wire, chat.AnswerAsync));
        MapList(group, "/tags", Providers.Ollama, wire, ModelLists.WriteTags);
    }

    private static void MapAnthropic(RouteGroupBuilder group)
    {
        var wire = new AnthropicWire();
        group.MapPost("/messages", (HttpContext http, Reception reception, Chat chat) =>
            reception.ServeAsync(http, Providers.Anthropic, wire, chat.AnswerAsync));
        group.MapPost("/messages/count_tokens", (HttpContext http, Reception reception) =>
            reception.ServeAsync(http, Providers.Anthropic, wire, CountTokensAsync));
        MapList(group, "/models", Providers.Anthropic, wire, ModelLists.WriteAnthropic);
    }

    private static void MapList(
        RouteGroupBuilder group, string path, Provider provider, IWire wire, Action<Utf8JsonWriter, Provider> write) =>
        group.MapGet(path, (HttpContext http, Reception reception) => reception.ServeAsync(http, provider, wire, visit =>
        {
            Reception.WriteHeaders(visit);
            return Reception.SendJsonAsync(visit, json => write(json, provider));
        }));

    private static async Task CountTokensAsync(Visit visit)
    {
        using var body = await Reception.OpenAsync(visit);
        if (body is null || await Reception.ReadAsync(visit, body, AnthropicWire.ReadPrompt) is not { } prompt)
            return;
        visit.Call.Model = prompt.Model;
        Reception.WriteHeaders(visit);
        await Reception.SendJsonAsync(visit, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("input_tokens"u8, prompt.Tokens);
            json.WriteEndObject();
        });
    }
}
